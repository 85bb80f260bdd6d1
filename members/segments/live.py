"""Live segments: members come in and go out soon after something happened to them, a batch of members at a time.

What time alone changes waits for the night (``refreshing``). Both write the same spans, so they exclude each other per
segment: a chunk of a refresh holds its lock alone, those who follow events share it. While a refresh is between finding
and comparing, what is true now is also put into what it found; else it would send out whoever has just come in. The
members are locked before their rules are asked, so that of two answers the later one stays.

Segments within segments need no second turn: a rule is asked with the rules it names. Facts about segments lead to
none, so nothing here can go round in circles.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone

from members.locks import lock_members
from members.models import Segment, SegmentKind
from members.segments import circles, compiling
from members.segments.registry import REGISTRY
from members.segments.trees import Node, TreeInvalid, parse
from members.timeline import record_rows
from stores.models import JobState

LOCK = 20_261_123  # the first key of the advisory locks of segments
AT_ONCE = 2_000
OWN = ("member", "order", "points", "growth")  # what the kinds of fact of this band begin with
OPEN_ENDED = (JobState.DONE, JobState.CANCELLED)
THESE = "{id} = ANY(%(ids)s::bigint[])"
LEAVE = """
    UPDATE members_segmentspan s SET until = greatest(%(at)s, s.since)
     WHERE s.segment_id = %(segment)s AND s.until IS NULL AND s.member_id = ANY(%(ids)s::bigint[])
       AND NOT s.member_id = ANY(%(fit)s::bigint[]) RETURNING s.member_id
"""
ENTER = """
    INSERT INTO members_segmentspan (segment_id, member_id, since)
    SELECT %(segment)s, one, %(at)s FROM unnest(%(fit)s::bigint[]) AS one
     WHERE NOT EXISTS (SELECT FROM members_segmentspan s WHERE s.segment_id = %(segment)s AND s.member_id = one
                          AND s.until IS NULL)
     ORDER BY one RETURNING member_id
"""
NO_LONGER_FOUND = """
    DELETE FROM members_segmentfound WHERE segment_id = %(segment)s AND number = ANY(%(ids)s::bigint[])
       AND NOT number = ANY(%(fit)s::bigint[])
"""
FOUND = """
    INSERT INTO members_segmentfound (segment_id, number) SELECT %(segment)s, unnest(%(fit)s::bigint[])
    ON CONFLICT DO NOTHING
"""
# Of those who were merged or erased meanwhile nothing is told.
MOVED = """
    SELECT m.id AS member_id, %s::bigint AS subject, %s::timestamptz AS at, '{}'::jsonb AS data
      FROM members_member m WHERE m.id = ANY(%s::bigint[]) AND m.state = 'active' ORDER BY m.id
"""


def follow(members: Iterable[int], kinds: Collection[str]) -> int:
    """Bring the live segments in line with their rules for some members, to whom facts of these kinds happened; returns
    how many came in or went out. Only segments are asked whose rules such facts can change. Needs a transaction."""
    ids = sorted(set(members))
    segments = _concerned(kinds) if ids else []
    moved = 0
    for pk in segments:
        share(pk)
    for first in range(0, len(ids) if segments else 0, AT_ONCE):
        some = lock_members(ids[first : first + AT_ONCE])
        moved += sum(_follow(pk, some) for pk in segments)
    return moved


def share(segment: int) -> None:
    """Keep refreshes of a segment away until the end of the transaction, beside others who do."""
    _execute("SELECT pg_advisory_xact_lock_shared(%(lock)s, %(segment)s)", segment)


def alone(segment: int) -> None:
    """Keep everybody else away from the members of a segment until the end of the transaction."""
    _execute("SELECT pg_advisory_xact_lock(%(lock)s, %(segment)s)", segment)


def told(segment: int, at: datetime, *, left: list[int], entered: list[int]) -> None:
    """Record who went out (``segment.left``) and who came in (``segment.entered``)."""
    for kind, members in (("segment.left", left), ("segment.entered", entered)):
        if members:
            record_rows(kind, MOVED, [segment, at, members])


def _concerned(kinds: Collection[str]) -> list[int]:
    """The live segments whose rules these kinds of fact can change, in the order of their keys."""
    rows = Segment.objects.filter(is_live=True, is_active=True, kind=SegmentKind.DYNAMIC)
    return [pk for pk, rule in rows.order_by("pk").values_list("pk", "rule") if _hears(rule, kinds)]


def _hears(rule: Any, kinds: Collection[str]) -> bool:
    """Whether one of the facts that a rule asks for, at any depth, may be changed by what happened. Whatever does not
    say what it hears may be changed by anything of this band."""
    is_own = any(kind.partition(".")[0] in OWN for kind in kinds)
    asked = (REGISTRY[key].hears for key in circles.facts_of(rule) if key in REGISTRY)
    return any(not set(heard).isdisjoint(kinds) if heard else is_own for heard in asked)


def _follow(pk: int, ids: list[int]) -> int:
    """One segment, read again under its lock; a rule that means nothing any more leaves it as it is."""
    segment = Segment.objects.select_related("job").filter(pk=pk, is_live=True, is_active=True).first()
    tree = _tree(segment) if segment else None
    if segment is None or tree is None:
        return 0
    at = timezone.now()
    try:
        query = compiling.compile_tree(tree, at=at, within=THESE)
    except TreeInvalid:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(query.text, {**query.params, "ids": ids})
        fit = [row[0] for row in cursor.fetchall()]
        keys: dict[str, Any] = {"segment": pk, "ids": ids, "fit": fit, "at": at}
        cursor.execute(LEAVE, keys)
        left = [row[0] for row in cursor.fetchall()]
        cursor.execute(ENTER, keys)
        entered = [row[0] for row in cursor.fetchall()]
        if segment.job is not None and segment.job.state not in OPEN_ENDED:
            cursor.execute(NO_LONGER_FOUND, keys)
            cursor.execute(FOUND, keys)
    if segment.refreshed_at is not None:
        told(pk, at, left=left, entered=entered)
    if len(entered) != len(left):
        Segment.objects.filter(pk=pk).update(size=F("size") + len(entered) - len(left))
    return len(entered) + len(left)


def _tree(segment: Segment) -> Node | None:
    try:
        return parse(segment.rule)
    except TreeInvalid:
        return None


def _execute(text: str, segment: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, {"lock": LOCK, "segment": segment})
