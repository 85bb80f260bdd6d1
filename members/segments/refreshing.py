"""Bringing the members of segments in line with their rules: in chunks that a killed worker does not repeat.

First the rule finds its members, in one statement, into a table of its own. Then, a range of members at a time, those
found and not yet in come in, and those in and no longer found go out; each is a fact on the timeline, but for the first
time a segment is taken, when everybody would be news. What is in a segment is as of its ``refreshed_at``; a live one
also follows what happens to its members since (see ``live``).
"""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Segment, SegmentKind
from members.segments import compiling, live
from members.segments.catalogue import tree_of
from members.segments.trees import TreeInvalid
from stores import jobs
from stores.errors import Conflict
from stores.models import Job, JobState, Staff

ONE, NIGHTLY = "members.refresh_segment", "members.refresh_segments"
RANGE = 50_000
OPEN = (JobState.WAITING, JobState.RUNNING, JobState.PAUSED)

FORGET = "DELETE FROM members_segmentfound WHERE segment_id = %(segment)s"
FIND = """
    INSERT INTO members_segmentfound (segment_id, number) SELECT {segment}, member_id FROM ({query}) AS q ORDER BY 2
"""
NEXT = """
    SELECT max(one), count(*) FROM (
        SELECT number AS one FROM (
            (SELECT number FROM members_segmentfound WHERE segment_id = %(segment)s AND number > %(after)s
              ORDER BY number LIMIT %(size)s)
            UNION
            (SELECT member_id FROM members_segmentspan WHERE segment_id = %(segment)s AND until IS NULL
                AND member_id > %(after)s ORDER BY member_id LIMIT %(size)s)
        ) AS both_sides ORDER BY number LIMIT %(size)s
    ) AS next
"""
WITHIN = "> %(after)s AND {column} <= %(last)s"
LEAVE = f"""
    UPDATE members_segmentspan s SET until = greatest(%(at)s, s.since)
     WHERE s.segment_id = %(segment)s AND s.until IS NULL AND s.member_id {WITHIN.format(column="s.member_id")}
       AND NOT EXISTS (
           SELECT FROM members_segmentfound f WHERE f.segment_id = s.segment_id AND f.number = s.member_id)
    RETURNING s.member_id
"""
ENTER = f"""
    INSERT INTO members_segmentspan (segment_id, member_id, since)
    SELECT f.segment_id, f.number, %(at)s FROM members_segmentfound f JOIN members_member m ON m.id = f.number
     WHERE f.segment_id = %(segment)s AND f.number {WITHIN.format(column="f.number")}
       AND NOT EXISTS (SELECT FROM members_segmentspan s WHERE s.segment_id = f.segment_id
                          AND s.member_id = f.number AND s.until IS NULL)
     ORDER BY f.number
    RETURNING member_id
"""


def ask(segment: Segment, *, by: Staff | None) -> Job:
    """Have the members of a segment taken anew. Raises Conflict ``segment_busy`` while that is under way already."""
    with transaction.atomic():
        held = Segment.objects.select_for_update(of=("self",)).select_related("job").get(pk=segment.pk)
        if held.job is not None and held.job.state in OPEN:
            raise Conflict(_("Its members are being taken anew already."), code="segment_busy")
        job = jobs.plan(ONE, params={"segment": held.pk}, title=held.name, queue="segments", by=by)
        Segment.objects.filter(pk=held.pk).update(job=job)
    segment.job = job
    return job


def refresh_one_chunk(job: Job) -> bool:
    """The next chunk of one segment; True when it is in line with its rule."""
    segment = Segment.objects.filter(pk=job.params["segment"]).first()
    return segment is None or _chunk(job, segment)


def refresh_all_chunk(job: Job) -> bool:
    """The next chunk of the night: every active segment that follows its rule, one after the other."""
    current = job.cursor.get("segment", 0)
    if "stage" not in job.cursor:
        following = Segment.objects.filter(kind=SegmentKind.DYNAMIC, is_active=True, pk__gt=current).order_by("pk")
        segment = following.first()
        if segment is None:
            return True
        job.cursor = {"segment": segment.pk}
        if not _taken_up(segment, job):
            return False
    else:
        segment = Segment.objects.get(pk=current)
    if _chunk(job, segment):
        job.cursor = {"segment": segment.pk}
        Segment.objects.filter(pk=segment.pk, job=job).update(
            job=None
        )  # free for whoever asks, though the night goes on
    return False


def _taken_up(segment: Segment, job: Job) -> bool:
    """Whether the night may work on a segment: two at a time would each throw away what the other has found."""
    held = Segment.objects.select_for_update(of=("self",)).select_related("job").get(pk=segment.pk)
    if held.job is not None and held.job.pk != job.pk and held.job.state in OPEN:
        return False
    Segment.objects.filter(pk=held.pk).update(job=job)
    return True


def _chunk(job: Job, segment: Segment) -> bool:
    live.alone(segment.pk)
    if "stage" not in job.cursor:
        return _find(job, segment)
    keys = {"segment": segment.pk, "after": job.cursor["after"], "size": RANGE}
    at = datetime.fromisoformat(job.cursor["at"])
    with connection.cursor() as cursor:
        cursor.execute(NEXT, keys)
        last, count = cursor.fetchone()
        if last is None:
            _finish(job, segment, at)
            return True
        cursor.execute(LEAVE, {**keys, "last": last, "at": at})
        left = [row[0] for row in cursor.fetchall()]
        cursor.execute(ENTER, {**keys, "last": last, "at": at})
        entered = [row[0] for row in cursor.fetchall()]
    if segment.refreshed_at is not None:
        live.told(segment.pk, at, left=left, entered=entered)
    job.done += count
    job.cursor = {**job.cursor, "after": last}
    sums = job.result.get(str(segment.pk), {"entered": 0, "left": 0})
    moved = {"entered": sums["entered"] + len(entered), "left": sums["left"] + len(left)}
    job.result = {**job.result, str(segment.pk): moved}
    return False


def _find(job: Job, segment: Segment) -> bool:
    """The rule's members, as of now. A rule that means nothing any more leaves the segment as it is, and says so."""
    now = timezone.now()
    try:
        query = compiling.compile_tree(tree_of(segment), at=now)
    except TreeInvalid as invalid:
        job.result = {**job.result, str(segment.pk): {"refused": str(invalid)}}
        return True
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"segment": segment.pk})
        cursor.execute(FIND.format(segment=int(segment.pk), query=query.text), query.params)
        found = cursor.rowcount
        if found > RANGE:
            # the planner takes the table for empty still, and would compare each one found with each one in
            cursor.execute("ANALYZE members_segmentfound")
    job.total += found
    job.cursor = {"segment": segment.pk, "stage": "compare", "after": 0, "at": now.isoformat()}
    return False


def _finish(job: Job, segment: Segment, at: datetime) -> None:
    open_spans = segment.spans.filter(until=None)
    Segment.objects.filter(pk=segment.pk).update(size=open_spans.count(), refreshed_at=at)
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"segment": segment.pk})
