"""Letting whole crowds in: on recurring days whoever the trigger names, and by hand whom headquarters names.

Both are jobs that go through the members in the order of their keys. Each chunk lets its members in and moves the
cursor in one transaction, and an entry names the day or the job, so nobody comes in twice by the same one.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.journeys import flows
from campaigns.journeys.entering import enter
from campaigns.journeys.stopping import stopping
from campaigns.journeys.triggers import On, Trigger
from campaigns.memberdays.recurrence import dates_between
from campaigns.models import Journey, JourneyState
from coupons.audience import Audience, together
from members.segments.registry import Binder
from stores import jobs
from stores.errors import Conflict
from stores.models import Job, Staff

LET_IN, START = "campaigns.let_in", "campaigns.start_journeys"
CHUNK = 20_000
NEXT = """
    SELECT m.id FROM members_member m WHERE m.id > {after} AND {meant} ORDER BY m.id LIMIT {most}
"""


def let_in(journey: Journey, rule: Mapping[str, Any], *, by: Staff | None) -> Job:
    """Plan a job that lets in whom a rule means now (``{}``: everybody), as far as the trigger's own rule allows.

    Raises Refusal ``audience_gone``, Conflict ``journey_state`` for one that does not run or that nobody enters by
    hand.
    """
    if not waits_for_hand(journey):
        raise Conflict(
            _("Members are let in by hand into a running journey that waits for that."), code="journey_state"
        )
    meant = Audience.of(together(rule, trigger_of(journey).rule or {}))
    with transaction.atomic():
        job = jobs.plan(LET_IN, params={"journey": journey.pk, "rule": meant.rule}, title=journey.name, by=by)
        Job.objects.filter(pk=job.pk).update(total=meant.count())
    job.refresh_from_db()
    return job


def let_in_chunk(job: Job) -> bool:
    """The next members of a job by hand. True when all were seen."""
    journey = _running(job.params["journey"])
    if journey is None:
        return True
    with stopping(journey.pk, "trigger"):
        seen, came = _next(job, journey, Audience.of(job.params["rule"]), f"job:{job.pk}")
        job.done += seen
        job.result = {"entered": job.result.get("entered", 0) + came}
        return seen < CHUNK
    return True


def start_chunk(job: Job) -> bool:
    """The next members of the journeys whose day is today. True when all journeys were seen."""
    day = date.fromisoformat(job.params["day"])
    at = job.cursor.get("journey")
    journey = _running(at) if at else None
    if journey is None:
        due = (one for one in _scheduled(job.cursor.get("seen", 0)) if _is_due(one, day))
        journey = next(due, None)
        if journey is None:
            return True
        job.cursor = {"seen": job.cursor.get("seen", 0), "journey": journey.pk, "after": 0}
    over = True
    with stopping(journey.pk, "trigger"):
        seen, came = _next(job, journey, Audience.of(trigger_of(journey).rule or {}), f"day:{day:%Y-%m-%d}")
        job.done += seen
        job.result = {"entered": job.result.get("entered", 0) + came}
        over = seen < CHUNK
    if over:
        job.cursor = {"seen": journey.pk}
    return False


def waits_for_hand(journey: Journey) -> bool:
    """Whether members may be let into it by hand now."""
    return journey.state == JourneyState.RUNNING and trigger_of(journey).on == On.MANUAL


def trigger_of(journey: Journey) -> Trigger:
    """What lets members into the version in force. The journey has one, as every running journey does."""
    if journey.version is None:
        raise ValueError("a journey without a version lets nobody in")
    return flows.stored(journey.version.flow).trigger


def _next(job: Job, journey: Journey, meant: Audience, entry: str) -> tuple[int, int]:
    """Let in the members behind the cursor; how many were seen, and how many came."""
    now = timezone.now()
    binder = Binder(now)
    after, most = binder.bind(job.cursor.get("after", 0)), binder.bind(CHUNK)
    sql = NEXT.format(after=after, most=most, meant=meant.living(binder))
    with connection.cursor() as cursor:
        cursor.execute(sql, binder.values)
        members = [row[0] for row in cursor.fetchall()]
    came = enter(journey, dict.fromkeys(members, entry), at=now)
    if members:
        job.cursor = {**job.cursor, "after": members[-1]}
    return len(members), came


def _running(pk: int) -> Journey | None:
    return Journey.objects.filter(pk=pk, state=JourneyState.RUNNING).select_related("version").first()


def _scheduled(after: int) -> list[Journey]:
    running = Journey.objects.filter(pk__gt=after, state=JourneyState.RUNNING).select_related("version")
    return [one for one in running.order_by("pk") if trigger_of(one).on == On.SCHEDULE]


def _is_due(journey: Journey, day: date) -> bool:
    """Whether the recurrence, counted from the day the journey was made, has this day."""
    began = timezone.localdate(journey.created_at)
    return bool(dates_between(trigger_of(journey).recurrence, began, None, day, day))
