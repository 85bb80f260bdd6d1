"""Parting by a rule about members, as it holds for each of them at that moment."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from campaigns.journeys.fields import Rule
from campaigns.journeys.matching import matching
from campaigns.journeys.steps.base import Ahead, Fits, Move, Onward, Passing, Past, Place, Step, StepKind
from campaigns.models import Journey
from members.segments import trees, wording

FITS, DIFFERS = 0, 1


class Branch(StepKind):
    """One way for those for whom the rule holds, another for the rest."""

    kind = "branch"
    label = gettext_lazy("Condition")
    icon = "branch"
    at_once = True
    outcomes = {"fits": gettext_lazy("The rule holds"), "differs": gettext_lazy("It does not hold")}
    asks = (Rule(name="rule", label=gettext_lazy("For whom it holds")),)

    def told(self, step: Step) -> str:
        """The rule in words."""
        return wording.sentence(trees.parse(step.settings["rule"]))

    def lanes_of(self, given: Mapping[str, Any]) -> int:
        """One for each outcome."""
        return 2

    def lane_names(self, step: Step) -> Sequence[str]:
        """What the ways are called."""
        return [str(label) for label in self.outcomes.values()]

    def begin(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """Ask the rule of all of them at once."""
        fitting = matching(place.step.settings["rule"], [one.member for one in passing], at=place.now)
        yield Onward([one.trip for one in passing if one.member in fitting], "fits", lane=FITS)
        yield Onward([one.trip for one in passing if one.member not in fitting], "differs", lane=DIFFERS)

    def foresee(self, journey: Journey, step: Step, past: Past, fits: Fits, at: datetime) -> Ahead:
        """Whether the rule held then."""
        return Ahead(at, FITS if fits(step.settings["rule"], past, at) else DIFFERS)
