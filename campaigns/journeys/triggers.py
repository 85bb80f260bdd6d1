"""What lets members into a journey: something that happens to them, a recurring day, or somebody at headquarters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from campaigns.journeys import events, fields
from campaigns.journeys.fields import Choice, Field, Row, Rule, Text
from campaigns.memberdays import recurrence
from campaigns.memberdays.wording import sentence as rhythm
from members.models import Segment
from members.segments import trees, wording
from members.segments.facts.options import Rows


class On(models.TextChoices):
    """When members are let in."""

    EVENT = "event", gettext_lazy("When something happens")
    SCHEDULE = "schedule", gettext_lazy("On recurring days")
    MANUAL = "manual", gettext_lazy("When headquarters says so")


@dataclass(frozen=True, kw_only=True)
class Recurrence(Text):
    """Days that come again, as an RRULE."""

    kind = "recurrence"

    def clean(self, value: Any) -> str:
        """A recurrence that has dates. Raises Refusal ``bad_recurrence``."""
        text = super().clean(value).upper().removeprefix("RRULE:")
        recurrence.parse(text)
        return text


ASKS: Sequence[Field] = (
    Choice(
        name="on",
        label=gettext_lazy("When members are let in"),
        choices=On.choices,
        missing=gettext_lazy("Say what lets members in."),
    ),
    Choice(
        name="event",
        label=gettext_lazy("What happens"),
        choices=tuple(events.EVENTS.items()),
        missing=events.NOT_HEARD,
        when=("on", frozenset({On.EVENT})),
    ),
    Row(
        name="segment",
        label=gettext_lazy("Segment"),
        options=Rows(Segment, offered=models.Q(is_active=True)),
        missing=gettext_lazy("Choose a segment."),
        when=("event", frozenset(events.SEGMENTS)),
    ),
    Recurrence(name="recurrence", label=gettext_lazy("Days"), when=("on", frozenset({On.SCHEDULE}))),
    Rule(name="rule", label=gettext_lazy("Who enters"), when=("on", frozenset({On.SCHEDULE}))),
    Rule(
        name="rule",
        label=gettext_lazy("Only those for whom this holds"),
        needed=False,
        when=("on", frozenset({On.EVENT, On.MANUAL})),
    ),
)


@dataclass(frozen=True)
class Trigger:
    """When, and for whom: with a ``rule`` only those for whom it holds at that moment.

    ``segment`` narrows events about segments; ``recurrence`` is an RRULE for recurring days.
    """

    asks: ClassVar[Sequence[Field]] = ASKS

    on: str
    event: str = ""
    segment: int | None = None
    recurrence: str = ""
    rule: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Trigger":
        """From JSON. Raises Meaningless or TreeInvalid."""
        return cls(**fields.read(cls.asks, data))

    def plain(self) -> dict[str, Any]:
        """As JSON, without what is not asked for."""
        named = {"event": self.event, "segment": self.segment, "recurrence": self.recurrence, "rule": self.rule}
        return {"on": self.on, **{name: value for name, value in named.items() if value}}

    def told(self) -> str:
        """As people say it."""
        if self.on == On.EVENT:
            told = str(events.EVENTS[self.event])
        elif self.on == On.SCHEDULE:
            told = rhythm(self.recurrence, timezone.localdate())
        else:
            told = str(On.MANUAL.label)
        return f"{told}: {wording.sentence(trees.parse(self.rule))}" if self.rule else told
