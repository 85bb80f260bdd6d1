"""Parting by chance: shares of a whole, and whoever fell into one stays in it."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from django.utils.translation import gettext_lazy

from campaigns.journeys.fields import Percents
from campaigns.journeys.steps.base import Move, Onward, Passing, Place, Step, StepKind
from members.buckets import SHARES, share

MOST_LANES = 5
LETTERS = "abcde"


class Split(StepKind):
    """Ways by percent (they make up 100). The journey and the key of the step salt the draw, so that a member falls
    into the same share in every version, and into another one in every other test."""

    kind = "split"
    label = gettext_lazy("Split by chance")
    icon = "split"
    outcomes = {letter: letter.upper() for letter in LETTERS}
    note = gettext_lazy("Drawn by member; whoever is in a group stays in it.")
    asks = (Percents(name="percents", label=gettext_lazy("Shares in percent"), most=MOST_LANES, default=[50, 50]),)

    def told(self, step: Step) -> str:
        """A 45%, B 45%, C 10%."""
        return ", ".join(self.lane_names(step))

    def lanes_of(self, given: Mapping[str, Any]) -> int:
        """One for each share."""
        return len(given["percents"])

    def lane_names(self, step: Step) -> Sequence[str]:
        """Letter and share."""
        percents = step.settings["percents"]
        return [f"{letter.upper()} {percent}%" for letter, percent in zip(LETTERS, percents, strict=False)]

    def begin(self, place: Place, passing: Sequence[Passing]) -> Iterable[Move]:
        """Draw by bucket."""
        salt = f"journey:{place.journey.pk}:{place.step.key}"
        ends = [end * SHARES // 100 for end in accumulate(place.step.settings["percents"])]
        lanes: dict[int, list[int]] = {lane: [] for lane in range(len(ends))}
        for one in passing:
            drawn = share(salt, one.bucket)
            lanes[next(lane for lane, end in enumerate(ends) if drawn < end)].append(one.trip)
        for lane, trips in lanes.items():
            yield Onward(trips, LETTERS[lane], lane=lane)
