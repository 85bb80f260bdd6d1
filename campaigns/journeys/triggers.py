"""What lets members into a journey: something that happens to them, a recurring day, or somebody at headquarters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.journeys import events, settings
from campaigns.memberdays import recurrence
from campaigns.memberdays.wording import sentence as rhythm
from members.models import Segment
from members.segments import trees, wording
from members.segments.registry import Meaningless


class On(models.TextChoices):
    """When members are let in."""

    EVENT = "event", gettext_lazy("When something happens")
    SCHEDULE = "schedule", gettext_lazy("On recurring days")
    MANUAL = "manual", gettext_lazy("When headquarters says so")


@dataclass(frozen=True)
class Trigger:
    """When, and for whom: with a ``rule`` only those for whom it holds at that moment.

    ``segment`` narrows events about segments; ``recurrence`` is an RRULE for recurring days.
    """

    on: str
    event: str = ""
    segment: int | None = None
    recurrence: str = ""
    rule: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Trigger":
        """From JSON. Raises Meaningless or TreeInvalid."""
        settings.only(data, "on", "event", "segment", "recurrence", "rule")
        on = data.get("on")
        rule = settings.rule(data) if data.get("rule") or on == On.SCHEDULE else None
        if on == On.EVENT:
            event = events.known(data.get("event"))
            segment = (
                settings.row(data, "segment", Segment, _("Choose a segment.")) if event in events.SEGMENTS else None
            )
            return cls(on, event, segment, rule=rule)
        if on == On.SCHEDULE:
            return cls(on, recurrence=_recurrence(data.get("recurrence")), rule=rule)
        if on == On.MANUAL:
            return cls(on, rule=rule)
        raise Meaningless(_("Say what lets members in."))

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


def _recurrence(value: Any) -> str:
    """A recurrence that has dates. Raises Refusal ``bad_recurrence``."""
    text = str(value or "").strip().upper().removeprefix("RRULE:")
    recurrence.parse(text)
    return text
