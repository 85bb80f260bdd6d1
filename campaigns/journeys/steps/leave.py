"""Leaving the journey before its end."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy

from campaigns.journeys.steps.base import Ahead, Away, Fits, Move, Passing, Past, Place, Step, StepKind
from campaigns.models import Journey


class Leave(StepKind):
    """Whoever comes here is out."""

    kind = "leave"
    label = gettext_lazy("Leave the journey")
    icon = "flag"
    at_once = True
    ends = True
    outcomes = {"left": gettext_lazy("Left")}

    def told(self, step: Step) -> str:
        """The journey ends here."""
        return str(gettext_lazy("The journey ends here"))

    def begin(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """End the trips."""
        yield Away([one.trip for one in passing], "left")

    def foresee(self, journey: Journey, step: Step, past: Past, fits: Fits, at: datetime) -> Ahead:
        """Out."""
        return Ahead(at, ends=True)
