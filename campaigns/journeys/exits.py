"""What ends a journey early for whoever it happens to: they leave at once, even in a wait, without having reached the
goal. It holds for the control group alike, so that the two stay comparable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy

from campaigns.journeys import events, fields
from campaigns.journeys.fields import Choice, Field, Row, Rule
from members.models import Segment
from members.segments import trees, wording
from members.segments.facts.options import Rows


@dataclass(frozen=True)
class Exit:
    """An event, perhaps only of one segment, or only of members for whom a rule holds by then."""

    asks: ClassVar[Sequence[Field]] = (
        Choice(
            name="event",
            label=gettext_lazy("What lets members out"),
            choices=tuple(events.EVENTS.items()),
            missing=events.NOT_HEARD,
        ),
        Row(
            name="segment",
            label=gettext_lazy("Segment"),
            options=Rows(Segment, offered=models.Q(is_active=True)),
            missing=gettext_lazy("Choose a segment."),
            when=("event", frozenset(events.SEGMENTS)),
        ),
        Rule(name="rule", label=gettext_lazy("Only if this holds by then"), needed=False),
    )

    event: str
    segment: int | None = None
    rule: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Exit":
        """From JSON. Raises Meaningless or TreeInvalid."""
        return cls(**fields.read(cls.asks, data))

    def plain(self) -> dict[str, Any]:
        """As JSON, without what is not asked for."""
        named = {"segment": self.segment, "rule": self.rule}
        return {"event": self.event, **{name: value for name, value in named.items() if value}}

    def told(self) -> str:
        """As people say it."""
        told = str(events.EVENTS[self.event])
        return f"{told}: {wording.sentence(trees.parse(self.rule))}" if self.rule else told
