"""Belonging to another segment, as a fact that rules may ask about: by its rule while it follows one, else as taken."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Segment, SegmentKind
from members.segments import compiling, evaluating, snapshots, trees
from members.segments.circles import FACT
from members.segments.facts.choices import ANY_OF, MARKS, NONE_OF, chosen, listed
from members.segments.facts.options import Rows
from members.segments.registry import Asked, Binder, Condition, Fact, Meaningless, Members, Test
from members.segments.snapshots import Snapshot

OPEN_SPANS = "SELECT member_id FROM members_segmentspan WHERE until IS NULL AND segment_id = ANY({values})"


class SegmentFact(Fact):
    """In any, or in none, of some segments."""

    kind = "tags"
    operators = (ANY_OF, NONE_OF)
    needs = snapshots.EVERYTHING
    names = Rows(Segment)

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """Some segments."""
        if where:
            raise Meaningless(gettext_lazy("This is not counted over time."))
        return Asked(self.key, op, chosen(value, self.names))

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """Their members: by the rules, as of the moment of the question."""
        queries = []
        taken = [one.pk for one in _segments(asked) if one.kind == SegmentKind.STATIC]
        for one in _segments(asked):
            if one.kind == SegmentKind.DYNAMIC:
                queries.append(compiling.select(trees.parse(one.rule), binder))
        if taken:
            queries.append(OPEN_SPANS.format(values=binder.bind(tuple(taken))))
        return Members(" UNION ".join(queries), negated=asked.op == NONE_OF)

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""
        taken = {one.pk for one in _segments(asked) if one.kind == SegmentKind.STATIC}
        rules = [
            evaluating.test_of(trees.parse(one.rule), today)
            for one in _segments(asked)
            if one.kind == SegmentKind.DYNAMIC
        ]
        return lambda one: (bool(taken & one.segments) or any(rule(one) for rule in rules)) == (asked.op == ANY_OF)

    def told(self, asked: Asked) -> str:
        """In any of these segments."""
        words = _("in any of the segments %(names)s") if asked.op == ANY_OF else _("in none of the segments %(names)s")
        return words % {"names": listed(asked, self.names)}

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """Those of them the member is in."""
        names = []
        for segment in _segments(asked):
            alone = Asked(self.key, ANY_OF, (segment.pk,))
            if self.test(alone, today)(one):
                names.append(segment.name)
        return _(", ").join(names) if names else _("none of them")


def _segments(asked: Asked) -> list[Segment]:
    return list(Segment.objects.filter(pk__in=asked.value).order_by("pk"))


SEGMENTS = (SegmentFact(FACT, gettext_lazy("Segments"), group=MARKS),)
