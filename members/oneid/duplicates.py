"""Pairs of members that may be one person: written down when identities lead to two, decided by headquarters.

A pair that was decided to be two people stays decided, also when one of them is merged with a third. A pair that was
merged and parted again counts as two people.
"""

from collections.abc import Collection

from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import IdentityConflict, Member, MemberMerge
from members.oneid import lineage
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import Staff

State = IdentityConflict.State


class Doubt(models.TextChoices):
    """Why two members were not merged by themselves."""

    KIND = "kind", _("An identity of this kind joins nobody by itself")
    LIMIT = "limit", _("Together they hold too many identities of a kind")
    NAMES = "names", _("The names differ")
    BIRTHDAYS = "birthdays", _("The birthdays differ")
    APART = "apart", _("Headquarters decided they are two people")
    BY_HAND = "by_hand", _("Somebody tried to add an identity by hand")


def between(one_id: int, other_id: int) -> IdentityConflict | None:
    """What is written down about two members, or about any that they have absorbed; decided pairs first."""
    these, those = lineage.beneath(one_id), lineage.beneath(other_id)
    pairs = Q(left__in=these, right__in=those) | Q(left__in=those, right__in=these)
    found = IdentityConflict.objects.filter(pairs).exclude(state=State.MERGED)
    return found.order_by(models.Case(models.When(state=State.APART, then=0), default=1), "pk").first()


def report(one: Member, other: Member, *, kinds: Collection[str], why: str, source: str = "") -> IdentityConflict:
    """Write down that identities led to both, or count it once more. Needs a transaction."""
    known = between(one.pk, other.pk)
    left, right = sorted((one.pk, other.pk))
    if known is None:
        known, new = IdentityConflict.objects.get_or_create(
            left_id=left,
            right_id=right,
            defaults={"kinds": sorted(kinds), "why": why, "source": source[:40]},
        )
        if new:
            return known
    state = State.APART if known.state == State.APART else State.OPEN
    IdentityConflict.objects.filter(pk=known.pk).update(
        times=F("times") + 1, last_at=Now(), kinds=sorted({*known.kinds, *kinds}), why=why, state=state
    )
    known.refresh_from_db()
    return known


def decide_apart(conflict: IdentityConflict, *, by: Staff, note: str = "") -> IdentityConflict:
    """Write down that they are two people: they are never merged by themselves, and leave the queue.

    Raises NotAllowed for staff of stores, Refusal ``note_missing``, Conflict ``conflict_decided`` after a merge.
    """
    if not by.sees_all:
        raise NotAllowed(_("Only headquarters merges members."), code="merge_not_allowed")
    if not note.strip():
        raise Refusal(_("Say why they are two people."), code="note_missing", extra={"field": "note"})
    with transaction.atomic():
        held = IdentityConflict.objects.select_for_update(of=("self",)).get(pk=conflict.pk)
        if held.state == State.MERGED:
            raise Conflict(_("These two were merged already."), code="conflict_decided")
        _decide(IdentityConflict.objects.filter(pk=held.pk), State.APART, by, note)
    held.refresh_from_db()
    return held


def waiting() -> QuerySet[IdentityConflict]:
    """The queue of headquarters, last seen first."""
    return IdentityConflict.objects.filter(state=State.OPEN)


def settle_merged(made: MemberMerge) -> None:
    """Two members became one: every pair of records that now lies within one lineage is decided."""
    within = lineage.beneath(made.kept_id)
    pairs = IdentityConflict.objects.filter(left__in=within, right__in=within).exclude(state=State.MERGED)
    _decide(pairs, State.MERGED, made.made_by, made.note)


def settle_parted(made: MemberMerge, *, by: Staff | None, note: str = "") -> None:
    """They became two again: every pair of records that now lies apart is two people, this pair above all."""
    words = note or str(_("Parted again"))
    here, there = lineage.beneath(made.absorbed_id), lineage.beneath(lineage.living_id(made.kept_id))
    across = Q(left__in=here, right__in=there) | Q(left__in=there, right__in=here)
    _decide(IdentityConflict.objects.filter(across, state=State.MERGED), State.APART, by, words)
    left, right = sorted((made.kept_id, made.absorbed_id))
    pair, _new = IdentityConflict.objects.get_or_create(
        left_id=left, right_id=right, defaults={"why": Doubt.APART, "times": 0}
    )
    _decide(IdentityConflict.objects.filter(pk=pair.pk), State.APART, by, words)


def _decide(rows: QuerySet[IdentityConflict], state: str, by: Staff | None, note: str) -> None:
    rows.update(state=state, decided_at=timezone.now(), decided_by=by, note=note.strip()[:200])
