"""What a journey wants its members to do, and within how many days; who has done it leaves at once, even in a wait."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from campaigns.journeys import events, settings
from members.segments import trees, wording


@dataclass(frozen=True)
class Goal:
    """An event, perhaps only of members for whom a rule holds by then, at most ``within_days`` after entering."""

    event: str
    within_days: int
    rule: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Goal":
        """From JSON. Raises Meaningless or TreeInvalid."""
        settings.only(data, "event", "within_days", "rule")
        rule = settings.rule(data) if data.get("rule") else None
        return cls(events.known(data.get("event")), settings.whole(data, "within_days", 1, settings.MOST_DAYS), rule)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"event": self.event, "within_days": self.within_days, **({"rule": self.rule} if self.rule else {})}

    def told(self) -> str:
        """As people say it."""
        words = {"event": events.EVENTS[self.event], "days": self.within_days}
        told = _("%(event)s within %(days)s days") % words
        return f"{told}: {wording.sentence(trees.parse(self.rule))}" if self.rule else told
