"""The lifecycle policy: HQ's four numbers, who would move were they others, and putting them into force for everybody.

The numbers change together with the job that settles all members, in one transaction. Whoever is settled from then on
stands by them; the job settles the rest and counts who moved. Should it never end, the nightly refresh notices that
other numbers hold than were applied to everybody, and settles all.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import lifecycle, refresh
from members.models import Stage
from members.orders.worktables import one, rows, run
from members.windows import windows
from stores import jobs, policy
from stores.errors import Conflict, Refusal
from stores.models import Job, JobState, Setting, Staff

JOB = "members.apply_lifecycle"
SALT = "members.lifecyclepolicy"
LOCK = 20_261_123
LAST_OF_ALL = 2**63 - 1
WHO_WOULD_MOVE = gettext_lazy("Who would move?")
REMEMBERED = timedelta(seconds=policy.FRESH_FOR + 1)  # how long other processes may still know the old numbers
POLICIES = {
    "lost_after": lifecycle.LOST_AFTER,
    "declining_after": lifecycle.DECLINING_AFTER,
    "regular_orders": lifecycle.REGULAR_ORDERS,
    "golden_days": lifecycle.GOLDEN_DAYS,
}

WOULD = f"""
SELECT s.before, s.after, count(*), count(*) FILTER (WHERE s.due) FROM (
    SELECT m.stage AS before, {lifecycle.STAGE} AS after, f.next_change_on <= %(today)s AS due
    FROM members_member m LEFT JOIN members_memberfacts f ON f.member_id = m.id
    WHERE m.state = 'active' AND m.id > %(after)s AND m.id <= %(last)s
) AS s GROUP BY 1, 2
"""
GOLDEN = """
SELECT count(*) FROM members_memberfacts f JOIN members_member m ON m.id = f.member_id
WHERE m.state = 'active' AND m.id > %(after)s AND m.id <= %(last)s
    AND (f.first_order_at AT TIME ZONE %(zone)s)::date + %(days)s >= %(today)s
"""
EVERYBODY = "SELECT count(*) FROM members_memberfacts"


@dataclass(frozen=True)
class Numbers:
    """Days until lost, days until a regular declines, orders in 365 days that make a regular, days of the golden
    window."""

    lost_after: int
    declining_after: int
    regular_orders: int
    golden_days: int


@dataclass(frozen=True)
class Preview:
    """What numbers would do today: members by (stage now, stage then), those who stay included.

    ``due`` wait for the night's refresh and may move besides. ``golden`` is how many stand in the golden window now and
    then. ``token`` says that this was looked at.
    """

    numbers: Numbers
    moves: Mapping[tuple[str, str], int]
    due: int
    golden: tuple[int, int]
    token: str

    @property
    def moving(self) -> int:
        """How many would change their stage."""
        return sum(members for (before, after), members in self.moves.items() if before != after)


def current() -> Numbers:
    """The numbers that hold."""
    return Numbers(**{name: one_of.value for name, one_of in POLICIES.items()})


def check(numbers: Numbers) -> None:
    """Raise Refusal when a number is out of bounds, or a regular would be lost before declining."""
    for name, value in asdict(numbers).items():
        POLICIES[name].check(value)
    if numbers.declining_after >= numbers.lost_after:
        raise Refusal(_("Declining begins before lost: choose fewer days for it."), code="declining_after_lost")


def preview(numbers: Numbers) -> Preview:
    """Who would move were these the numbers; exact, by one look at all members. Writes nothing. Raises Refusal."""
    check(numbers)
    params = {**windows().params, "after": 0, "last": LAST_OF_ALL}
    moves, due = moves_within(numbers, params)
    golden = [one(GOLDEN, {**params, "days": days}) for days in (current().golden_days, numbers.golden_days)]
    return Preview(numbers, moves, due, (golden[0], golden[1]), token_of(seen(numbers)))


def moves_within(numbers: Numbers, params: Mapping[str, Any]) -> tuple[Counter[tuple[str, str]], int]:
    """Members by (stage now, stage with these numbers), and how many of them wait for the night's refresh.

    ``params`` are those of the windows and a range of members, ``after`` and ``last``.
    """
    found = rows(WOULD, {**params, **asdict(numbers)})
    moves = Counter({(before, after): members for before, after, members, _due in found})
    return moves, sum(row[3] or 0 for row in found)


def token_of(what: Mapping[str, Any]) -> str:
    """The proof that this was looked at (see ``seen``)."""
    return signing.dumps(dict(what), salt=SALT)


def apply(numbers: Numbers, *, token: str, by: Staff) -> Job:
    """Put the numbers into force and plan the job that settles everybody; both or neither.

    Raises Refusal ``not_previewed`` when nobody looked at what these numbers do as things are today, ``nothing_new``
    when they hold already, and Conflict ``still_applying`` while the last numbers are still on their way.
    """
    check(numbers)
    try:
        with transaction.atomic():
            run("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": LOCK})
            policy.forget()
            before = current()
            if numbers == before:
                raise Refusal(_("These numbers hold already."), code="nothing_new")
            if going():
                raise Conflict(_("The last numbers are still being applied. Wait for the end."), code="still_applying")
            _must_be_seen(numbers, token)
            for name, value in asdict(numbers).items():
                if value != getattr(before, name):
                    policy.change(POLICIES[name].name, value, by=by)
            params = {"before": asdict(before), "after": asdict(numbers)}
            due_at = timezone.now() + REMEMBERED
            return jobs.plan(JOB, params=params, title=_("Lifecycle policy for everybody"), due_at=due_at, by=by)
    finally:
        policy.forget()  # whatever was read meanwhile may have been taken back


def apply_chunk(job: Job) -> bool:
    """Settle one range of members by the numbers that hold (config/jobs.py); True when all stand by them."""
    now = windows()
    if not job.cursor:
        policy.forget()
        job.cursor = {"after": 0, "numbers": refresh.numbers(now)}
        job.total = one(EVERYBODY)
    ids = [row[0] for row in rows(refresh.ALL, {"after": job.cursor["after"], "limit": refresh.PER_CHUNK})]
    moves = Counter({(before, after): members for before, after, members in job.result.get("moves", ())})
    if ids:
        moves += refresh.refresh(ids, now)
        job.cursor = {**job.cursor, "after": ids[-1]}
    job.done += len(ids)
    job.result = {"moves": [[*move, members] for move, members in sorted(moves.items())]}
    if len(ids) == refresh.PER_CHUNK:
        return False
    job.total = job.done
    if refresh.numbers(now) == job.cursor["numbers"]:  # else the night settles everybody once more
        Setting.objects.update_or_create(name=refresh.APPLIED, defaults={"value": job.cursor["numbers"]})
    return True


def going() -> Job | None:
    """The job that applies numbers at this moment, or was stopped on its way."""
    is_open = (JobState.WAITING, JobState.RUNNING, JobState.PAUSED)
    return Job.objects.filter(kind=JOB, state__in=is_open).order_by("-pk").first()


def changes(limit: int = 10) -> list[Job]:
    """The last changes, newest first: who made them, from which numbers to which, who moved."""
    return list(Job.objects.filter(kind=JOB).select_related("created_by").order_by("-pk")[:limit])


def moves_of(job: Job) -> dict[tuple[str, str], int]:
    """Who moved because of a change, so far."""
    return {(before, after): members for before, after, members in job.result.get("moves", ())}


def numbers_of(job: Job) -> tuple[Numbers, Numbers]:
    """The numbers before and after a change."""
    names = {field.name for field in fields(Numbers)}
    before, after = ({name: job.params[when][name] for name in names} for when in ("before", "after"))
    return Numbers(**before), Numbers(**after)


def label(stage: str) -> str:
    """The name of a stage in the reader's language."""
    return str(Stage(stage).label)


def seen(numbers: Numbers) -> dict[str, Any]:
    """What a preview was a preview of: these numbers, instead of those that hold, on this day."""
    return {"numbers": asdict(numbers), "instead_of": asdict(current()), "day": f"{windows().today}"}


def _must_be_seen(numbers: Numbers, token: str) -> None:
    try:
        looked_at = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        looked_at = None
    if looked_at != seen(numbers):
        raise Refusal(_("Look at who would move first: as things are today, with these numbers."), code="not_previewed")
