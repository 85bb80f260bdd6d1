"""Leaving the journey before its end."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext_lazy

from campaigns.journeys.steps.base import Away, Move, Passing, Place, Step, StepKind


class Leave(StepKind):
    """Whoever comes here is out."""

    kind = "leave"
    label = gettext_lazy("Leave the journey")
    icon = "flag"
    outcomes = {"left": gettext_lazy("Left")}

    def told(self, step: Step) -> str:
        """The journey ends here."""
        return str(gettext_lazy("The journey ends here"))

    def begin(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """End the trips."""
        yield Away([one.trip for one in passing], "left")
