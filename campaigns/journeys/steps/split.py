"""Parting by chance: shares of a whole, and whoever fell into one stays in it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import accumulate
from typing import Any

from django.utils.translation import gettext_lazy

from campaigns.journeys.fields import Percents
from campaigns.journeys.steps.base import Ahead, Fits, Move, Onward, Passing, Past, Place, Step, StepKind
from campaigns.models import Journey
from members.buckets import SHARES, share

MOST_LANES = 5
LETTERS = "abcde"


class Split(StepKind):
    """Ways by percent (they make up 100). The journey and the key of the step salt the draw, so that a member falls
    into the same share in every version, and into another one in every other test."""

    kind = "split"
    label = gettext_lazy("Split by chance")
    icon = "split"
    at_once = True
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
        lanes: dict[int, list[int]] = {lane: [] for lane in range(len(place.step.settings["percents"]))}
        for one in passing:
            lanes[_drawn(place.journey, place.step, one.bucket)].append(one.trip)
        for lane, trips in lanes.items():
            yield Onward(trips, LETTERS[lane], lane=lane)

    def foresee(self, journey: Journey, step: Step, past: Past, fits: Fits, at: datetime) -> Ahead:
        """The same draw."""
        return Ahead(at, _drawn(journey, step, past.bucket))


def _drawn(journey: Journey, step: Step, bucket: int) -> int:
    """The lane of a bucket."""
    return _lane(f"journey:{journey.pk}:{step.key}", tuple(step.settings["percents"]), bucket)


@lru_cache(maxsize=4 * SHARES)
def _lane(salt: str, percents: tuple[int, ...], bucket: int) -> int:
    """The lane of a bucket under a salt; as many members share a bucket, it is worth remembering."""
    drawn = share(salt, bucket)
    ends = (end * SHARES // 100 for end in accumulate(percents))
    return next(lane for lane, end in enumerate(ends) if drawn < end)
