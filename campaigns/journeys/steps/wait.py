"""Waiting for some time, perhaps until a certain hour of the day on which it is over."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.journeys.fields import MOST_DAYS, Clock, Whole
from campaigns.journeys.steps.base import Ahead, Fits, Move, Passing, Past, Place, Stay, Step, StepKind
from campaigns.models import Journey
from members.segments.registry import Meaningless


class Wait(StepKind):
    """So many days and hours; with ``clock`` ("10:00", the chain's time) until then on that day, or the next one."""

    kind = "wait"
    label = gettext_lazy("Wait")
    icon = "clock"
    at_once = True
    outcomes = {"waited": gettext_lazy("Went on")}
    asks = (
        Whole(
            name="days",
            label=gettext_lazy("Days"),
            least=0,
            most=MOST_DAYS,
            default=0,
            half=True,
            unit=gettext_lazy("days"),
        ),
        Whole(
            name="hours",
            label=gettext_lazy("Hours"),
            least=0,
            most=23,
            default=0,
            half=True,
            unit=gettext_lazy("hours"),
        ),
        Clock(
            name="clock",
            label=gettext_lazy("Until what time of the day"),
            needed=False,
            hint=gettext_lazy("Empty: at whatever time it is over."),
        ),
    )

    def clean(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Days, hours, and perhaps a clock: at least one of them."""
        found = super().clean(given)
        if not any(found.values()):
            raise Meaningless(gettext_lazy("Say how long to wait."))
        return found

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

    def foresee(self, journey: Journey, step: Step, past: Past, fits: Fits, at: datetime) -> Ahead:
        """When the wait would have been over."""
        return Ahead(over(step.settings, at))


def over(asked: Mapping[str, Any], now: datetime) -> datetime:
    """When a wait that begins now is over."""
    moment = now + timedelta(days=asked["days"], hours=asked["hours"])
    if not asked.get("clock"):
        return moment
    local = timezone.localtime(moment)
    at = time.fromisoformat(asked["clock"])
    then = datetime.combine(local.date(), at, local.tzinfo)
    return then if then >= local else datetime.combine(local.date() + timedelta(days=1), at, local.tzinfo)
