"""Moving members on: all who are due at one step together, in one transaction with whatever the step does.

A worker holds the version's row while it works on a chunk, so two never work on the same one; what a step does, where
the trips go and what is counted are committed as one. Killed at any instruction, it loses nothing and repeats nothing.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from campaigns.journeys import flows, walking
from campaigns.journeys.flows import Flow
from campaigns.journeys.steps import KINDS
from campaigns.journeys.steps.base import Passing, Step
from campaigns.journeys.stopping import stop
from campaigns.journeys.walking import Walk
from campaigns.models import JourneyVersion
from members.locks import lock_members
from stores.arrays import array
from stores.errors import Refusal

CHUNK = 10_000
SECONDS = 40.0

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
     WHERE {which} t.step = %(step)s AND t.version_id = %(version)s AND t.state = 'active' AND t.due_at <= %(now)s
     ORDER BY {first} FOR NO KEY UPDATE OF t SKIP LOCKED
"""
THESE = {"which": "t.id = ANY(%(trips)s::bigint[]) AND", "first": "t.id"}
NEXT = {"which": "", "first": "t.due_at LIMIT %(size)s"}


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
    """The next members who are due at a step, through all that follows at once; returns how many steps were taken."""
    try:
        with transaction.atomic():
            walk = _take(version, flow, step, timezone.now())
    except Refusal as refusal:
        stop(version.journey_id, step.key, refusal)
        return 0
    if walk.broken is not None:
        stop(version.journey_id, *walk.broken)
    return walk.taken


def _take(version: JourneyVersion, flow: Flow, step: Step, now: datetime) -> Walk:
    walk = Walk(version, flow, now)
    rows = _due(version, step, now)
    living = [row for row in rows if row[-1]]
    gone = [row[0] for row in rows if not row[-1]]
    if gone:
        walking.put_off(gone, now)
        walk.taken += len(gone)
    fresh = [Passing(*row[:4]) for row in living if not row[4]]
    waited = [Passing(*row[:4]) for row in living if row[4]]
    if fresh or waited:
        walk.go(step, fresh, waited)
    return walk


def _due(version: JourneyVersion, step: Step, now: datetime) -> Sequence[tuple]:
    """Who is due at a step, with the version held and the trips locked; nobody while another worker is at it.

    Where the step locks the members, they come before the trips, as with whoever else locks both.
    """
    where = {"version": version.pk, "step": step.key, "now": now, "size": CHUNK}
    if not KINDS[step.kind].locks_members:
        return _pairs(TAKE.format(**NEXT), where) if _rows(HOLD, [version.pk]) else []
    due = _pairs(DUE, where)
    if not due or not _rows(HOLD, [version.pk]):
        return []
    lock_members(member for _trip, member in due)
    return _pairs(TAKE.format(**THESE), {**where, "trips": array([trip for trip, _member in due])})


def _rows(sql: str, params: Any) -> list[int]:
    return [row[0] for row in _pairs(sql, params)]


def _pairs(sql: str, params: Any) -> Sequence[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
