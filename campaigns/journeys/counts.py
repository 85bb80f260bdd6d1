"""How many stand where in a journey: for whoever watches it run, over all its versions, by the keys of the steps.

Counting a journey with very many trips takes a while, so an answer is kept: for ten seconds, and longer the longer it
took. What is shown says as of when it is.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from campaigns.journeys.steps.base import StepKind
from campaigns.models import Arm, Journey, TripState
from campaigns.touches import tallies

KEPT, KEPT_MOST, PATIENCE = 10.0, 600.0, 20.0  # seconds, seconds, and how many times as long as the counting took
LATELY = 30
"""The days of which entries are counted, too."""

TRIPS = """
    SELECT t.journey_id, t.step, t.state, t.arm, count(*), count(*) FILTER (WHERE t.waiting),
           count(*) FILTER (WHERE t.state = 'left' AND t.why <> 'left'),
           count(*) FILTER (WHERE t.entered_at >= %(since)s::timestamptz - make_interval(days => %(days)s))
      FROM campaigns_trip t WHERE t.journey_id = ANY(%(journeys)s) GROUP BY 1, 2, 3, 4
"""
OUTCOMES = """
    SELECT v.journey_id, k.step, k.outcome, sum(k.trips)::bigint
      FROM campaigns_steptally k JOIN campaigns_journeyversion v ON v.id = k.version_id
     WHERE v.journey_id = ANY(%(journeys)s) GROUP BY 1, 2, 3
"""


@dataclass
class Here:
    """What is known of one step: who stands there now, how it ended for those who are past it, and how many reached
    the goal, or left the journey early, while they stood there."""

    now: int = 0
    waiting: int = 0
    reached: int = 0
    left: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Those who are past it."""
        return sum(self.outcomes.values())

    @property
    def came(self) -> int:
        """Everybody who ever came to it."""
        return self.now + self.reached + self.left + self.done

    @property
    def width(self) -> str:
        """How many of them are past it, in percent, as the width of a bar."""
        return f"{100 * self.done / self.came:.1f}" if self.came else "0"

    def skipped(self, kind: StepKind) -> int:
        """Those who went on without what the step is for."""
        return sum(self.outcomes.get(outcome, 0) for outcome in kind.skipped)


@dataclass
class Counts:
    """A journey as of a moment: who ever entered and lately, by arm; who reached the goal, who left
    before their time, and every step."""

    at: datetime
    steps: dict[str, Here] = field(default_factory=dict)
    entered: dict[str, int] = field(default_factory=dict)
    lately: int = 0
    reached: dict[str, int] = field(default_factory=dict)
    left: int = 0
    on_the_way: int = 0

    @property
    def treated(self) -> int:
        """Those who go through the steps."""
        return self.entered.get(Arm.TREATED, 0)

    @property
    def control(self) -> int:
        """Those who are left alone on purpose."""
        return self.entered.get(Arm.CONTROL, 0)

    @property
    def reached_treated(self) -> int:
        """Those who went through the steps and reached the goal."""
        return self.reached.get(Arm.TREATED, 0)

    def of(self, key: str) -> Here:
        """A step; one to which nobody came yet is all zero."""
        return self.steps.get(key, Here())

    @property
    def all_entered(self) -> int:
        """Everybody who ever entered, the control group among them."""
        return sum(self.entered.values())


def of(journey: Journey) -> Counts:
    """How many stand where, as of at most a little while ago."""
    return of_many([journey])[journey.pk]


def of_many(journeys: Iterable[Journey]) -> Mapping[int, Counts]:
    """The same for several journeys, by their keys."""
    names = {f"journey-counts:{journey.pk}": journey.pk for journey in journeys}
    kept = {names[name]: counts for name, counts in cache.get_many(names).items()}
    missing = [pk for pk in names.values() if pk not in kept]
    if missing:
        began = time.monotonic()
        counted = fresh(missing)
        cache.set_many({name: counted[pk] for name, pk in names.items() if pk in counted}, _seconds(began))
        kept |= counted
    return kept


def messages(journey: Journey) -> tallies.Tally:
    """How the messages of each step stand (campaigns.touches.tallies), as of at most a little while ago."""
    name = f"journey-messages:{journey.pk}"
    kept = cache.get(name)
    if kept is None:
        began = time.monotonic()
        kept = {step: dict(how) for step, how in tallies.by_step(journey.pk).items()}
        cache.set(name, kept, _seconds(began))
    return kept


def _seconds(began: float) -> float:
    """For how long to keep an answer that was worked out since then."""
    return min(KEPT_MOST, max(KEPT, PATIENCE * (time.monotonic() - began)))


def fresh(journeys: Sequence[int]) -> dict[int, Counts]:
    """How many stand where at this moment."""
    now = timezone.now()
    found = {journey: Counts(now) for journey in journeys}
    with connection.cursor() as cursor:
        cursor.execute(TRIPS, {"journeys": list(journeys), "since": now, "days": LATELY})
        for journey, *row in cursor.fetchall():
            _add(found[journey], *row)
        cursor.execute(OUTCOMES, {"journeys": list(journeys)})
        for journey, step, outcome, trips in cursor.fetchall():
            found[journey].steps.setdefault(step, Here()).outcomes[outcome] = trips
    return found


def _add(counts: Counts, step: str, state: str, arm: str, trips: int, waiting: int, early: int, lately: int) -> None:
    counts.entered[arm] = counts.entered.get(arm, 0) + trips
    counts.lately += lately
    if state == TripState.GOAL:
        counts.reached[arm] = counts.reached.get(arm, 0) + trips
    if arm == Arm.CONTROL:
        return
    counts.left += early
    counts.on_the_way += trips if state == TripState.ACTIVE else 0
    if step:
        here = counts.steps.setdefault(step, Here())
        here.now += trips if state == TripState.ACTIVE else 0
        here.waiting += waiting
        here.left += early
        here.reached += trips if state == TripState.GOAL else 0
