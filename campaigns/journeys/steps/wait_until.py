"""Waiting for something to happen, for so long at the most."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.journeys import events
from campaigns.journeys.fields import MOST_DAYS, Choice, Whole
from campaigns.journeys.steps.base import Ahead, Fits, Move, Onward, Passing, Past, Place, Stay, Step, StepKind
from campaigns.models import Journey

CAME, TIME_OUT = 0, 1


class WaitUntil(StepKind):
    """An event of the member within so many days; one way for those of whom it comes, another for the rest."""

    kind = "wait_until"
    label = gettext_lazy("Wait until")
    icon = "clock"
    at_once = True
    outcomes = {"came": gettext_lazy("It came"), "timed_out": gettext_lazy("Time was up")}
    asks = (
        Choice(
            name="event",
            label=gettext_lazy("What is waited for"),
            choices=tuple(events.EVENTS.items()),
            missing=events.NOT_HEARD,
        ),
        Whole(
            name="days",
            label=gettext_lazy("For how long at the most"),
            least=1,
            most=MOST_DAYS,
            unit=gettext_lazy("days"),
        ),
    )

    def told(self, step: Step) -> str:
        """Bought something, at most 45 days."""
        words = {"event": events.EVENTS[step.settings["event"]], "days": step.settings["days"]}
        return _("%(event)s, at most %(days)s days") % words

    def lanes_of(self, given: Mapping[str, Any]) -> int:
        """One for each outcome."""
        return 2

    def lane_names(self, step: Step) -> Sequence[str]:
        """What the ways are called."""
        return [str(label) for label in self.outcomes.values()]

    def begin(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """Listen from now on."""
        until = place.now + timedelta(days=place.step.settings["days"])
        yield Stay([one.trip for one in passing], until, awaits=place.step.settings["event"])

    def go_on(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """Part those of whom it came from those whose time was up."""
        came = [one.trip for one in passing if one.arrived]
        late = [one.trip for one in passing if not one.arrived]
        yield Onward(came, "came", lane=CAME)
        yield Onward(late, "timed_out", lane=TIME_OUT)

    def foresee(self, journey: Journey, step: Step, past: Past, fits: Fits, at: datetime) -> Ahead:
        """Whether it came, as history tells."""
        until = at + timedelta(days=step.settings["days"])
        came = past.came(step.settings["event"], at, until)
        return Ahead(came, CAME) if came else Ahead(until, TIME_OUT)
