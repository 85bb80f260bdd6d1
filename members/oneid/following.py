"""Following a merge: what the reactions of the apps above call, so that their rows go where their member went.

Each merge is locked for as long as its rows move, so that it cannot be undone in the middle. Everything may be run
twice and in any order: a merge undone before its rows had moved moves none, and rows of a chain go to its end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import models, transaction

from members.models import MemberMerge, TimelineFact
from members.oneid.lineage import Descent, descent_of, living_id, put_back, repoint, tables_of


@dataclass(frozen=True)
class Parting:
    """A merge that was undone: the lineage around it, and which rows of which table came home."""

    descent: Descent
    returned: dict[type[models.Model], list[int]]


def merges_in(facts: Sequence[TimelineFact]) -> list[int]:
    """The merges that facts of ``member.merged`` or ``member.unmerged`` speak of."""
    return sorted({fact.subject for fact in facts if fact.subject is not None})


def go_along(app: str, merge_ids: Iterable[int], *, by_rule: bool = True) -> list[int]:
    """Move an app's rows of absorbed members to the living ones; returns those who live.

    Without ``by_rule`` tables in which some rows stay by rule are left as they are.
    """
    with transaction.atomic():
        standing = MemberMerge.objects.select_for_update(of=("self",)).filter(pk__in=merge_ids, undone_at=None)
        heads = []
        for merge in standing.order_by("pk"):
            heads.append(living_id(merge.absorbed_id))
            for moving in tables_of(app):
                if by_rule or not moving.unless:
                    repoint(merge, moving, to=heads[-1])
        return heads


def come_home(app: str, merge_ids: Iterable[int]) -> list[Parting]:
    """Give an app's rows back to the members who were parted again."""
    return [_part(app, pk) for pk in sorted(merge_ids)]


def _part(app: str, merge_id: int) -> Parting:
    with transaction.atomic():
        merge = MemberMerge.objects.get(pk=merge_id)
        beneath = MemberMerge.objects.select_for_update(of=("self",)).filter(pk__in=descent_of(merge).merges)
        list(beneath.order_by("pk"))  # waits for those whose rows are still on their way
        descent = descent_of(merge)
        returned: dict[type[models.Model], list[int]] = {}
        for moving in tables_of(app):
            returned.setdefault(moving.model, []).extend(put_back(descent, moving))
        again = MemberMerge.objects.filter(absorbed=merge.absorbed_id, undone_at=None)
        go_along(app, list(again.values_list("pk", flat=True)))
        return Parting(descent, returned)
