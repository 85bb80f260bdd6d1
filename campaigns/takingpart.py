"""Being among the members of a date of a campaign who are not its control group, as a fact for rules of code."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy

from campaigns.models import MemberDayOccurrence, Participant
from members.segments.facts.choices import ANY_OF, chosen, listed
from members.segments.facts.options import Rows
from members.segments.registry import Asked, Binder, Condition, Fact, Meaningless, Members, Test
from members.segments.snapshots import Reader, Snapshot

TAKES_PART = "takes_part"
DATES = Rows(MemberDayOccurrence, name="member_day__name")


class TakesPartFact(Fact):
    """Taking part in one of some dates of campaigns, by their keys. No list of dates is put together in the builder."""

    kind = "tags"
    operators = (ANY_OF,)
    names = DATES
    at_hand = False
    needs = (TAKES_PART,)

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """Keys of dates."""
        if where:
            raise Meaningless(gettext_lazy("This is not counted over time."))
        return Asked(self.key, op, chosen(value, DATES))

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """By the index of date and member, whose rows come in the order of members."""
        found = f"""SELECT member_id FROM campaigns_participant
                     WHERE NOT held_out AND {binder.among("occurrence_id", asked.value)}"""
        return Members(found, alone=found if len(asked.value) == 1 else "")

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""
        wanted = set(asked.value)
        return lambda one: bool(wanted & _dates(one))

    def told(self, asked: Asked) -> str:
        """Which dates."""
        return f"{self.label}: {listed(asked, DATES)}"

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """Those of them that are for the member."""
        return "、".join(DATES(sorted(_dates(one) & set(asked.value))).values())

    def readers(self) -> Mapping[str, Reader]:
        """The dates of some members."""
        return {TAKES_PART: _read}


def _dates(one: Snapshot) -> frozenset[int]:
    return one.more.get(TAKES_PART, frozenset())


def _read(members: Sequence[int], _at: datetime) -> Mapping[int, Any]:
    found: dict[int, set[int]] = {}
    for member, occurrence in Participant.objects.filter(member__in=members, held_out=False).values_list(
        "member", "occurrence"
    ):
        found.setdefault(member, set()).add(occurrence)
    return {member: frozenset(dates) for member, dates in found.items()}
