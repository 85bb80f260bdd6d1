"""Moving members on: all who are due at one step together, in one transaction with whatever the step does.

A worker holds the version's row while it works on a chunk, so two never work on the same one; what a step does, where
the trips go and what is counted are committed as one. Killed at any instruction, it loses nothing and repeats nothing.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from campaigns.journeys import flows
from campaigns.journeys.flows import END, Flow
from campaigns.journeys.steps import KINDS
from campaigns.journeys.steps.base import Away, Move, Passing, Place, Stay, Step
from campaigns.journeys.stopping import stop
from campaigns.models import JourneyVersion, TripState
from members.locks import lock_members
from stores.errors import Refusal

CHUNK = 10_000
SECONDS = 40.0
LATER = timedelta(hours=1)

ON_THE_WAY = """
    SELECT v.id FROM campaigns_journeyversion v JOIN campaigns_journey j ON j.id = v.journey_id AND j.state = 'running'
     WHERE v.state <> 'draft' AND (%(only)s::bigint IS NULL OR v.id = %(only)s)
       AND EXISTS (SELECT FROM campaigns_trip t
                    WHERE t.version_id = v.id AND t.state = 'active' AND t.due_at IS NOT NULL)
     ORDER BY v.id
"""
HOLD = "SELECT id FROM campaigns_journeyversion WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED"
DUE = """
    SELECT t.id, t.member_id FROM campaigns_trip t
     WHERE t.version_id = %(version)s AND t.step = %(step)s AND t.state = 'active' AND t.due_at <= %(now)s
     ORDER BY t.due_at LIMIT %(size)s
"""
TAKE = """
    SELECT t.id, t.member_id, m.bucket, t.arrived, t.waiting, m.state = 'active'
      FROM campaigns_trip t JOIN members_member m ON m.id = t.member_id
     WHERE t.id = ANY(%(trips)s) AND t.step = %(step)s AND t.version_id = %(version)s AND t.state = 'active'
       AND t.due_at <= %(now)s
     ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED
"""
MOVE = """
    UPDATE campaigns_trip
       SET step = %(step)s, due_at = %(due_at)s, waiting = %(waiting)s, awaits = %(awaits)s, arrived = false,
           state = %(state)s, why = %(why)s, ended_at = CASE WHEN %(state)s <> 'active' THEN %(now)s::timestamptz END
     WHERE id = ANY(%(trips)s)
"""
# Of records that were merged into one with a trip of its own: they stand still, and go on when the merge is undone.
PUT_OFF = "UPDATE campaigns_trip SET due_at = %(later)s WHERE id = ANY(%(trips)s)"
VISIT = """
    INSERT INTO campaigns_visit (trip_id, version_id, step, outcome, subject, at)
    SELECT w.trip, %(version)s, %(step)s, %(outcome)s, w.subject, %(now)s
      FROM unnest(%(trips)s::bigint[], %(subjects)s::bigint[]) AS w(trip, subject) ORDER BY w.trip
"""
TALLY = """
    INSERT INTO campaigns_steptally AS k (version_id, step, outcome, trips)
    SELECT %(version)s, %(step)s, w.outcome, w.trips
      FROM unnest(%(names)s::text[], %(counts)s::int[]) AS w(outcome, trips)
    ON CONFLICT (version_id, step, outcome) DO UPDATE SET trips = k.trips + excluded.trips
"""


def advance(*, only: int | None = None, seconds: float = SECONDS) -> int:
    """Move on whoever is due, of all running journeys or of one version, until nobody is or time is up; returns how
    many steps were taken."""
    until, taken = time.monotonic() + seconds, 0
    while True:
        moved = sum(_advance_version(pk, until) for pk in _rows(ON_THE_WAY, {"only": only}))
        taken += moved
        if not moved or time.monotonic() > until:
            return taken


def _advance_version(pk: int, until: float) -> int:
    version = JourneyVersion.objects.select_related("journey").get(pk=pk)
    flow, taken = flows.stored(version.flow), 0
    for step in flow.by_key.values():
        while time.monotonic() < until and (moved := _chunk(version, flow, step)):
            taken += moved
    return taken


def _chunk(version: JourneyVersion, flow: Flow, step: Step) -> int:
    """The next members who are due at a step; returns how many."""
    try:
        with transaction.atomic():
            return _take(version, flow, step, timezone.now())
    except Refusal as refusal:
        stop(version.journey_id, step.key, refusal)
        return 0


def _take(version: JourneyVersion, flow: Flow, step: Step, now: datetime) -> int:
    where = {"version": version.pk, "step": step.key, "now": now}
    due = _pairs(DUE, {**where, "size": CHUNK})
    if not due or not _rows(HOLD, [version.pk]):
        return 0
    kind = KINDS[step.kind]
    if kind.locks_members:
        lock_members(member for _trip, member in due)
    rows = _pairs(TAKE, {**where, "trips": [trip for trip, _member in due]})
    gone = [trip for trip, *_rest, living in rows if not living]
    fresh = [Passing(trip, *who) for trip, *who, waiting, living in rows if living and not waiting]
    waited = [Passing(trip, *who) for trip, *who, waiting, living in rows if living and waiting]
    place = Place(version.journey, version, step, now)
    if gone:
        _run(PUT_OFF, {"trips": gone, "later": now + LATER})
    legs = _Legs()
    for move in (*(kind.begin(place, fresh) if fresh else ()), *(kind.go_on(place, waited) if waited else ())):
        legs.add(move, flow, step, now)
    _write(legs, version, step, now)
    return len(rows)


@dataclass(frozen=True)
class _Spot:
    """Where trips stand after a step."""

    step: str
    due_at: datetime | None = None
    waiting: bool = False
    awaits: str = ""
    state: str = TripState.ACTIVE.value
    why: str = ""


@dataclass
class _Legs:
    """Which trips go to which spot, and what came of the step for whom."""

    spots: dict[_Spot, list[int]] = field(default_factory=lambda: defaultdict(list))
    visits: dict[str, dict[int, int | None]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, move: Move, flow: Flow, step: Step, now: datetime) -> None:
        """One thing that a kind of step said."""
        if not move.trips:
            return
        if isinstance(move, Stay):
            self.spots[_Spot(step.key, move.until, True, move.awaits)] += move.trips
        elif isinstance(move, Away):
            self.spots[_Spot(step.key, state=TripState.LEFT.value, why=move.why)] += move.trips
            self.visits[move.why] |= dict.fromkeys(move.trips)
        else:
            behind = flow.after(step, move.lane)
            spot = _Spot(END, state=TripState.THROUGH.value) if behind == END else _Spot(behind, now)
            self.spots[spot] += move.trips
            self.visits[move.outcome] |= {trip: (move.subjects or {}).get(trip) for trip in move.trips}


def _write(legs: _Legs, version: JourneyVersion, step: Step, now: datetime) -> None:
    for spot, trips in legs.spots.items():
        _run(MOVE, {**asdict(spot), "trips": trips, "now": now})
    where = {"version": version.pk, "step": step.key}
    for outcome, subjects in legs.visits.items():
        rows = {"trips": list(subjects), "subjects": list(subjects.values())}
        _run(VISIT, {**where, **rows, "outcome": outcome, "now": now})
    counts = {outcome: len(subjects) for outcome, subjects in sorted(legs.visits.items())}
    if counts:
        _run(TALLY, {**where, "names": list(counts), "counts": list(counts.values())})


def _run(sql: str, params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def _rows(sql: str, params: Any) -> list[int]:
    return [row[0] for row in _pairs(sql, params)]


def _pairs(sql: str, params: Any) -> Sequence[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
