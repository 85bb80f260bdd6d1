"""Rotation of the field keys: identities sealed with an older key are sealed again with the newest, as a job.

The blind index keeps its key, that of the oldest, so nothing that is looked up or joined on changes meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from members.models import Identity
from stores import jobs, sealing
from stores.models import Job, Staff

JOB = "members.reseal"
PER_CHUNK = 5000
OLD = """
SELECT id, sealed FROM members_identity
WHERE id > %(after)s AND substring(sealed FROM 1 FOR %(length)s) <> %(mark)s
ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE
"""
# A row that was deleted or sealed anew meanwhile is left as it is.
WRITE = """
UPDATE members_identity i SET sealed = n.sealed
FROM unnest(%(ids)s::bigint[], %(old)s::bytea[], %(new)s::bytea[]) AS n (id, old, sealed)
WHERE i.id = n.id AND i.sealed = n.old
"""
BY_KEY = """
SELECT substring(sealed FROM 1 FOR %(length)s) AS mark, count(*), min(id)
FROM members_identity GROUP BY mark ORDER BY count(*) DESC
"""


@dataclass(frozen=True)
class KeyUse:
    """How many identities one key sealed, and whether this instance has that key (it opens one of them)."""

    name: str
    identities: int
    is_newest: bool
    is_readable: bool


def plan(*, by: Staff | None = None) -> Job:
    """Plan the job; one that has not ended yet is returned instead of a second one."""
    waiting = Job.objects.filter(kind=JOB, state__in=("waiting", "running", "paused")).first()
    return waiting or jobs.plan(JOB, params={}, title="reseal", by=by)


def reseal_chunk(job: Job) -> bool:
    """One chunk (config/jobs.py): the next 5,000 identities that an older key sealed. Raises Unreadable."""
    found = _old_ones(job.cursor.get("after", 0))
    if found:
        rows: dict[str, Any] = {
            "ids": [pk for pk, _old in found],
            "old": [bytes(old) for _pk, old in found],
            "new": [sealing.seal(sealing.unseal(old)) for _pk, old in found],
        }
        with connection.cursor() as cursor:
            cursor.execute(WRITE, rows)
        job.cursor = {"after": found[-1][0]}
        job.done += len(found)
        job.total = max(job.total, job.done)
    return len(found) < PER_CHUNK


def keys_in_use() -> Iterator[KeyUse]:
    """What the identities are sealed with, the most used key first."""
    newest = sealing.current_mark()
    with connection.cursor() as cursor:
        cursor.execute(BY_KEY, {"length": len(newest)})
        found = cursor.fetchall()
    for mark, count, sample in found:
        yield KeyUse(bytes(mark).hex(), count, bytes(mark) == newest, _opens(sample))


def _old_ones(after: int) -> list[tuple[int, bytes]]:
    mark = sealing.current_mark()
    with connection.cursor() as cursor:
        cursor.execute(OLD, {"after": after, "length": len(mark), "mark": mark, "limit": PER_CHUNK})
        return cursor.fetchall()


def _opens(identity_id: int) -> bool:
    """Whether the value can be read, and its blind index is that of this instance's keys."""
    row = Identity.objects.get(pk=identity_id)
    try:
        return sealing.digest(row.kind, sealing.unseal(row.sealed)) == bytes(row.digest)
    except sealing.Unreadable:
        return False
