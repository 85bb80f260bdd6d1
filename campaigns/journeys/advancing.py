"""Moving members on: all who are due at one step together, in one transaction with whatever the step does.

A worker holds the version's row while it works on a chunk, so two never work on the same one; what a step does, where
the trips go and what is counted are committed as one. Killed at any instruction, it loses nothing and repeats nothing.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from campaigns.journeys import flows
from campaigns.journeys.flows import END, Flow
from campaigns.journeys.steps import KINDS
from campaigns.journeys.steps.base import Away, Move, Onward, Passing, Place, Stay, Step
from campaigns.journeys.stopping import stop
from campaigns.models import JourneyVersion
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
    UPDATE campaigns_trip t
       SET step = w.step, due_at = w.due_at, waiting = w.waiting, awaits = w.awaits, arrived = false, state = w.state,
           why = w.why, ended_at = CASE WHEN w.state <> 'active' THEN %(now)s::timestamptz END
      FROM unnest(%(trips)s::bigint[], %(steps)s::text[], %(dues)s::timestamptz[], %(waits)s::bool[],
                  %(awaits)s::text[], %(states)s::text[], %(whys)s::text[])
           AS w(trip, step, due_at, waiting, awaits, state, why)
     WHERE t.id = w.trip
"""
# Of records that were merged into one with a trip of its own: they stand still, and go on when the merge is undone.
PUT_OFF = "UPDATE campaigns_trip SET due_at = %(later)s WHERE id = ANY(%(trips)s)"
VISIT = """
    INSERT INTO campaigns_visit (trip_id, version_id, step, outcome, subject, at)
    SELECT w.trip, %(version)s, %(step)s, w.outcome, w.subject, %(now)s
      FROM unnest(%(trips)s::bigint[], %(outcomes)s::text[], %(subjects)s::bigint[]) AS w(trip, outcome, subject)
     ORDER BY w.trip
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
    moves: list[Move] = []
    moves += kind.begin(place, fresh) if fresh else ()
    moves += kind.go_on(place, waited) if waited else ()
    _write(_Legs(flow, step, now).of(moves), version, step, now)
    return len(rows)


@dataclass
class _Legs:
    """Where each trip goes, as columns for SQL."""

    flow: Flow
    step: Step
    now: datetime
    moved: list[tuple[int, str, datetime | None, bool, str, str, str]] = field(default_factory=list)
    visits: list[tuple[int, str, int | None]] = field(default_factory=list)

    def of(self, moves: Iterable[Move]) -> "_Legs":
        """Add what a kind of step said."""
        for move in moves:
            if isinstance(move, Stay):
                self.moved += [
                    (trip, self.step.key, move.until, True, move.awaits, "active", "") for trip in move.trips
                ]
            elif isinstance(move, Away):
                self.moved += [(trip, self.step.key, None, False, "", "left", move.why) for trip in move.trips]
                self.visits += [(trip, move.why, None) for trip in move.trips]
            else:
                self._onward(move)
        return self

    def _onward(self, move: Onward) -> None:
        behind = self.flow.after(self.step, move.lane)
        state, due = ("through", None) if behind == END else ("active", self.now)
        subjects = move.subjects or {}
        self.moved += [(trip, behind, due, False, "", state, "") for trip in move.trips]
        self.visits += [(trip, move.outcome, subjects.get(trip)) for trip in move.trips]


def _write(legs: _Legs, version: JourneyVersion, step: Step, now: datetime) -> None:
    names = ("trips", "steps", "dues", "waits", "awaits", "states", "whys")
    columns = dict(zip(names, map(list, zip(*legs.moved, strict=True)), strict=True)) if legs.moved else {}
    if columns:
        _run(MOVE, {**columns, "now": now})
    if legs.visits:
        trips, outcomes, subjects = map(list, zip(*legs.visits, strict=True))
        told = {"trips": trips, "outcomes": outcomes, "subjects": subjects}
        where = {"version": version.pk, "step": step.key}
        _run(VISIT, {**where, **told, "now": now})
        counts = Counter(outcomes)
        tallied = {"names": sorted(counts), "counts": [counts[name] for name in sorted(counts)]}
        _run(TALLY, {**where, **tallied})


def _run(sql: str, params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def _rows(sql: str, params: object) -> list[int]:
    return [row[0] for row in _pairs(sql, params)]


def _pairs(sql: str, params: object) -> Sequence[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
