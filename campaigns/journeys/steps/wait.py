"""Waiting for some time, perhaps until a certain hour of the day on which it is over."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.journeys import settings
from campaigns.journeys.steps.base import Move, Passing, Place, Stay, Step, StepKind
from members.segments.registry import Meaningless


class Wait(StepKind):
    """So many days and hours; with ``clock`` ("10:00", the chain's time) until then on that day, or the next one."""

    kind = "wait"
    label = gettext_lazy("Wait")
    icon = "clock"
    outcomes = {"waited": gettext_lazy("Went on")}

    def clean(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Days, hours, and perhaps a clock."""
        settings.only(given, "days", "hours", "clock")
        days = settings.whole(given, "days", 0, settings.MOST_DAYS, default=0)
        hours = settings.whole(given, "hours", 0, 23, default=0)
        clock = _clock(given.get("clock"))
        if not (days or hours or clock):
            raise Meaningless(gettext_lazy("Say how long to wait."))
        return {"days": days, "hours": hours, **({"clock": clock} if clock else {})}

    def told(self, step: Step) -> str:
        """2 days, until 10:00."""
        asked = step.settings
        parts = []
        if asked["days"]:
            parts.append(ngettext("%(n)s day", "%(n)s days", asked["days"]) % {"n": asked["days"]})
        if asked["hours"]:
            parts.append(ngettext("%(n)s hour", "%(n)s hours", asked["hours"]) % {"n": asked["hours"]})
        if asked.get("clock"):
            parts.append(_("until %(clock)s") % {"clock": asked["clock"]})
        return " ".join(parts)

    def begin(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """Everybody who comes in one go waits equally long."""
        yield Stay([one.trip for one in passing], over(place.step.settings, place.now))


def over(asked: Mapping[str, Any], now: datetime) -> datetime:
    """When a wait that begins now is over."""
    moment = now + timedelta(days=asked["days"], hours=asked["hours"])
    if not asked.get("clock"):
        return moment
    local = timezone.localtime(moment)
    at = time.fromisoformat(asked["clock"])
    then = datetime.combine(local.date(), at, local.tzinfo)
    return then if then >= local else datetime.combine(local.date() + timedelta(days=1), at, local.tzinfo)


def _clock(value: Any) -> str:
    """A time of the day as "10:00", empty without one. Raises Meaningless."""
    if not value:
        return ""
    try:
        return time.fromisoformat(str(value)).strftime("%H:%M")
    except ValueError as wrong:
        raise Meaningless(gettext_lazy("Write the time like 10:00.")) from wrong
