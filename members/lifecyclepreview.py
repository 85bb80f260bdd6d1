"""Who would move were other numbers of the lifecycle policy in force: counted at once in a house of some size, range by
range by a worker in a large one, so that nobody waits in a request for millions of members.

Nothing is written but what was counted, with the job. What was looked at is good for putting into force as long as the
numbers it was compared with hold, on that day (members.lifecyclepolicy).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from members import lifecyclepolicy as policies
from members.lifecyclepolicy import Numbers, Preview
from members.orders.worktables import one
from members.windows import windows
from stores import jobs
from stores.models import Job, Staff

JOB = "members.preview_lifecycle"
AT_ONCE = 200_000  # members; about a second
PER_CHUNK = 500_000

ABOUT = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'members_member'::regclass"
LAST = "SELECT max(id) FROM (SELECT id FROM members_member WHERE id > %(after)s ORDER BY id LIMIT %(limit)s) AS m"


def is_large() -> bool:
    """Whether there are too many members to count them while somebody waits, by the database's own estimate."""
    return int(one(ABOUT)) > AT_ONCE


def begin(numbers: Numbers, *, by: Staff) -> Job:
    """Plan the counting for these numbers; the same that the same person waits for is not begun twice.

    Raises Refusal as ``lifecyclepolicy.check``.
    """
    policies.check(numbers)
    params: dict[str, Any] = {"numbers": asdict(numbers), "seen": policies.seen(numbers)}
    waiting = Job.objects.filter(kind=JOB, created_by=by, params=params, finished_at=None).order_by("-pk").first()
    return waiting or jobs.plan(JOB, params=params, title=str(policies.WHO_WOULD_MOVE), by=by)


def count_chunk(job: Job) -> bool:
    """Count one range of members (config/jobs.py); True when all were."""
    after = job.cursor.get("after", 0) if job.cursor else 0
    if not after:
        job.total = int(one(ABOUT))
    last = one(LAST, {"after": after, "limit": PER_CHUNK})
    if last is None:
        job.total = job.done
        return True
    params = {**windows(job.created_at).params, "after": after, "last": last}
    numbers = numbers_of(job)
    moves, due = policies.moves_within(numbers, params)
    for before, then, members in job.result.get("moves", ()):
        moves[before, then] += members
    golden = [one(policies.GOLDEN, {**params, "days": days})
              for days in (job.params["seen"]["instead_of"]["golden_days"], numbers.golden_days)]  # fmt: skip
    counted = zip(job.result.get("golden", (0, 0)), golden, strict=True)
    job.result = {
        "moves": [[*move, members] for move, members in sorted(moves.items())],
        "due": job.result.get("due", 0) + due,
        "golden": [sum(pair) for pair in counted],
    }
    job.cursor = {"after": last}
    job.done = sum(moves.values())
    job.total = max(job.total, job.done)
    return False


def numbers_of(job: Job) -> Numbers:
    """The numbers that are looked at."""
    return Numbers(**job.params["numbers"])


def of(job: Job) -> Preview:
    """What was counted, once the job is done."""
    found: Mapping[str, Any] = job.result
    moves = Counter({(before, then): members for before, then, members in found.get("moves", ())})
    now, then = found.get("golden", (0, 0))
    return Preview(numbers_of(job), moves, found.get("due", 0), (now, then), policies.token_of(job.params["seen"]))
