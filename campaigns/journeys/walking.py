"""A chunk of members on their way: from the step at which they are due through all that follow at once, in one go.

What comes of each step is noted as it happens; where everybody stands at the end is written once. Both are committed
together with what the steps did (campaigns.journeys.advancing), so nothing is lost and nothing done twice.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from campaigns.journeys.flows import END, Flow
from campaigns.journeys.steps import KINDS
from campaigns.journeys.steps.base import Away, Move, Passing, Place, Stay, Step
from campaigns.models import JourneyVersion, TripState
from stores.arrays import array
from stores.errors import Refusal

LATER = timedelta(hours=1)
MOVE = """
    UPDATE campaigns_trip
       SET step = %(step)s, due_at = %(due_at)s, waiting = %(waiting)s, awaits = %(awaits)s, arrived = false,
           state = %(state)s, why = %(why)s, ended_at = CASE WHEN %(state)s <> 'active' THEN %(now)s::timestamptz END
     WHERE id = ANY(%(trips)s::bigint[])
"""
# Of records that were merged into one with a trip of its own: they stand still, and go on when the merge is undone.
PUT_OFF = "UPDATE campaigns_trip SET due_at = %(later)s WHERE id = ANY(%(trips)s::bigint[])"
VISIT = """
    INSERT INTO campaigns_visit (trip_id, version_id, step, outcome, skipped, subject, at)
    SELECT w.trip, %(version)s, %(step)s, %(outcome)s, %(skipped)s, w.subject, %(now)s
      FROM unnest(%(trips)s::bigint[], %(subjects)s::bigint[]) AS w(trip, subject) ORDER BY w.trip
"""
VISIT_PLAIN = """
    INSERT INTO campaigns_visit (trip_id, version_id, step, outcome, skipped, at)
    SELECT w.trip, %(version)s, %(step)s, %(outcome)s, %(skipped)s, %(now)s
      FROM unnest(%(trips)s::bigint[]) AS w(trip) ORDER BY w.trip
"""
TALLY = """
    INSERT INTO campaigns_steptally AS k (version_id, step, outcome, day, trips)
    SELECT %(version)s, %(step)s, w.outcome, %(day)s, w.trips
      FROM unnest(%(names)s::text[], %(counts)s::int[]) AS w(outcome, trips)
    ON CONFLICT (version_id, step, outcome, day) DO UPDATE SET trips = k.trips + excluded.trips
"""


class Spot(NamedTuple):
    """Where trips stand after a walk."""

    step: str
    due_at: datetime | None = None
    waiting: bool = False
    awaits: str = ""
    state: str = TripState.ACTIVE.value
    why: str = ""


Visits = dict[str, dict[int, int | None]]  # by outcome the trips, each with the row that came of it


@dataclass
class Walk:
    """One chunk under way. ``broken`` is the step that could not be done, and why: those who came to it stand there."""

    version: JourneyVersion
    flow: Flow
    now: datetime
    spots: dict[Spot, list[int]] = field(default_factory=lambda: defaultdict(list))
    taken: int = 0
    broken: tuple[str, Refusal] | None = None
    _people: dict[int, Passing] = field(default_factory=dict)
    _coming: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def go(self, step: Step, fresh: Sequence[Passing], waited: Sequence[Passing]) -> None:
        """From a step, of those who have just come to it and those who have waited there, as far as they get."""
        self._people = {one.trip: one for one in fresh}
        self._people |= {one.trip: one._replace(arrived=False) if one.arrived else one for one in waited}
        self._do(step, fresh, waited)
        for following in self.flow.by_key.values():  # whatever comes after a step is read after it
            trips = self._coming.pop(following.key, None)
            if trips:
                self._try(following, trips)
        move(self.spots, self.now)

    def _try(self, step: Step, trips: list[int]) -> None:
        """A later step of the walk; what cannot be done leaves those who came to it standing there."""
        try:
            with transaction.atomic():
                self._do(step, [self._people[trip] for trip in trips], ())
        except Refusal as refusal:
            self.broken = self.broken or (step.key, refusal)
            self.spots[Spot(step.key, self.now)] += trips

    def _do(self, step: Step, fresh: Sequence[Passing], waited: Sequence[Passing]) -> None:
        kind, visits = KINDS[step.kind], defaultdict[str, dict[int, int | None]](dict)
        place = Place(self.version.journey, self.version, step, self.now)
        moves: list[Move] = []
        if fresh:
            moves += kind.begin(place, fresh)
        if waited:
            moves += kind.go_on(place, waited)
        note(visits_of(moves, visits), self.version, step, self.now)
        for one in moves:
            self._follow(one, step)
        self.taken += len(fresh) + len(waited)

    def _follow(self, one: Move, step: Step) -> None:
        """Where somebody is after what a step said of them."""
        if isinstance(one, Stay):
            self.spots[Spot(step.key, one.until, True, one.awaits)] += one.trips
        elif isinstance(one, Away):
            self.spots[Spot(step.key, state=TripState.LEFT.value, why=one.why)] += one.trips
        else:
            behind = self.flow.after(step, one.lane)
            if behind == END:
                self.spots[Spot(END, state=TripState.THROUGH.value)] += one.trips
            elif KINDS[self.flow.by_key[behind].kind].at_once:
                self._coming[behind] += one.trips
            else:
                self.spots[Spot(behind, self.now)] += one.trips


def visits_of(moves: Sequence[Move], visits: Visits) -> Visits:
    """What is to be noted of some moves, by outcome."""
    for one in moves:
        if isinstance(one, Stay) or not one.trips:
            continue
        if isinstance(one, Away):
            visits[one.why] |= dict.fromkeys(one.trips)
        elif one.subjects:
            visits[one.outcome] |= {trip: one.subjects.get(trip) for trip in one.trips}
        else:
            visits[one.outcome] |= dict.fromkeys(one.trips)
    return visits


def note(visits: Visits, version: JourneyVersion, step: Step, now: datetime) -> None:
    """Write down what came of a step for whom, and count it."""
    where, skipped = {"version": version.pk, "step": step.key}, KINDS[step.kind].skipped
    for outcome, subjects in visits.items():
        rows: dict[str, Any] = {"trips": array(subjects)}
        plain = not any(subjects.values())
        if not plain:
            rows["subjects"] = array(subjects.values())
        about = {"outcome": outcome, "skipped": outcome in skipped, "now": now}
        run(VISIT_PLAIN if plain else VISIT, {**where, **rows, **about})
    counts = {outcome: len(subjects) for outcome, subjects in sorted(visits.items())}
    if counts:
        tally = {"names": list(counts), "counts": list(counts.values()), "day": timezone.localdate(now)}
        run(TALLY, {**where, **tally})


def move(spots: Mapping[Spot, list[int]], now: datetime) -> None:
    """Write down where everybody stands."""
    for spot, trips in spots.items():
        if trips:
            run(MOVE, {**spot._asdict(), "trips": array(sorted(trips)), "now": now})


def put_off(trips: list[int], now: datetime) -> None:
    """Leave trips standing where they are for a while."""
    run(PUT_OFF, {"trips": array(trips), "later": now + LATER})


def run(sql: str, params: Any) -> None:
    """Execute a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
