"""What a journey wants its members to do, and within how many days; who has done it leaves at once, even in a wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.journeys import events, fields
from campaigns.journeys.fields import MOST_DAYS, Choice, Field, Rule, Whole
from members.segments import trees, wording


@dataclass(frozen=True)
class Goal:
    """An event, perhaps only of members for whom a rule holds by then, at most ``within_days`` after entering."""

    asks: ClassVar[Sequence[Field]] = (
        Choice(
            name="event",
            label=gettext_lazy("What members are to do"),
            choices=tuple(events.EVENTS.items()),
            missing=events.NOT_HEARD,
        ),
        Whole(
            name="within_days",
            label=gettext_lazy("Within"),
            least=1,
            most=MOST_DAYS,
            unit=gettext_lazy("days after entering"),
        ),
        Rule(name="rule", label=gettext_lazy("Only if this holds by then"), needed=False),
    )

    event: str
    within_days: int
    rule: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Goal":
        """From JSON. Raises Meaningless or TreeInvalid."""
        return cls(**fields.read(cls.asks, data))

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"event": self.event, "within_days": self.within_days, **({"rule": self.rule} if self.rule else {})}

    def told(self) -> str:
        """As people say it."""
        words = {"event": events.EVENTS[self.event], "days": self.within_days}
        told = _("%(event)s within %(days)s days") % words
        return f"{told}: {wording.sentence(trees.parse(self.rule))}" if self.rule else told
