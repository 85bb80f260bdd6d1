"""The catalogue of segments: drawn up, changed, put away; and what one would hold before it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import memberlists
from members.models import Member, MemberList, Segment, SegmentKind
from members.segments import compiling, trees
from members.segments.circles import inside, values
from members.segments.trees import Node
from stores.errors import Conflict, Refusal
from stores.models import Staff

SAMPLE = 8


@dataclass(frozen=True)
class Preview:
    """How many living members a rule means, exactly, as of a moment; and the newest few of them."""

    count: int
    sample: Sequence[Member]
    at: datetime


def preview(tree: Node, *, by: Staff, at: datetime | None = None) -> Preview:
    """What a rule would hold now. Reads only; the sample is of members whom ``by`` may see."""
    moment = at or timezone.now()
    query = compiling.compile_tree(tree, at=moment)
    with connection.cursor() as cursor:
        cursor.execute(query.count, query.params)
        count = cursor.fetchone()[0]
        cursor.execute(f"{query.text} ORDER BY 1 DESC LIMIT {SAMPLE}", query.params)
        ids = [row[0] for row in cursor.fetchall()]
    seen = Member.objects.visible_to(by).filter(pk__in=ids).select_related("tier", "home_store", "facts")
    return Preview(count, list(seen.order_by("-pk")), moment)


def keep(
    segment: Segment | None,
    *,
    name: str,
    rule: Mapping[str, Any],
    kind: str,
    note: str = "",
    is_live: bool = False,
    by: Staff | None,
) -> Segment:
    """Draw up a segment, or change one; its members follow at the next refresh. One that stays as it was taken is never
    live.

    Raises TreeInvalid for a rule that means nothing, Refusal ``name_missing``, ``segment_circle`` for a rule that comes
    back to its own segment, Conflict ``name_taken``.
    """
    tree = trees.parse(rule)
    if not name.strip():
        raise Refusal(_("Give the segment a name."), code="name_missing", extra={"field": "name"})
    if segment is not None and segment.pk in inside(tree):
        raise Refusal(_("A segment cannot be part of itself."), code="segment_circle")
    fields = {"name": name.strip()[:80], "note": note.strip()[:200], "rule": trees.dump(tree),
              "kind": SegmentKind(kind), "is_live": is_live and kind == SegmentKind.DYNAMIC}  # fmt: skip
    try:
        with transaction.atomic():
            if segment is None:
                return Segment.objects.create(**fields, created_by=by)
            held = Segment.objects.select_for_update().get(pk=segment.pk)
            for key, value in fields.items():
                setattr(held, key, value)
            held.save(update_fields=[*fields, "updated_at"])
    except IntegrityError as taken:
        raise Conflict(_("There is a segment of this name."), code="name_taken", extra={"field": "name"}) from taken
    return held


def put_away(segment: Segment, *, by: Staff | None) -> Segment:
    """Refresh it no more; its history stays. Raises Conflict ``segment_in_use`` while another active one needs it."""
    with transaction.atomic():
        held = Segment.objects.select_for_update().get(pk=segment.pk)
        others = Segment.objects.filter(is_active=True).exclude(pk=held.pk)
        users = [one for one in others if held.pk in inside_rule(one)]
        if users:
            names = ", ".join(one.name for one in users)
            raise Conflict(_("Still part of: %(names)s.") % {"names": names}, code="segment_in_use")
        Segment.objects.filter(pk=held.pk).update(is_active=False)
    segment.is_active = False
    return segment


def take_out(segment: Segment, *, by: Staff | None) -> Segment:
    """Use a segment again that was put away."""
    Segment.objects.filter(pk=segment.pk).update(is_active=True)
    segment.is_active = True
    return segment


@memberlists.needs
def whoever_needs(member_list: MemberList) -> str:
    """The active segment that goes by a list of members."""
    for segment in Segment.objects.filter(is_active=True).order_by("name"):
        if member_list.pk in values(segment.rule, "lists"):
            return segment.name
    return ""


def tree_of(segment: Segment) -> Node:
    """The rule of a segment. Raises TreeInvalid when something it names is gone."""
    return trees.parse(segment.rule)


def inside_rule(segment: Segment) -> set[int]:
    """The segments that the rule of one names, directly or through others; none when it means nothing any more."""
    try:
        return inside(tree_of(segment))
    except trees.TreeInvalid:
        return set()
