"""Taking a coming date of a campaign back: what has not begun is cancelled, messages that have not left stay here, open
invitations lapse. What was given stays given."""

from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns.memberdays.carrying import INVITE, NOTIFY, source_of
from campaigns.memberdays.enrolling import ENROL
from campaigns.models import MemberDayOccurrence
from stores import jobs
from stores.models import Job, JobState, Staff

WITHDRAW = "campaigns.withdraw"
ENDED = "campaign_ended"
OPTED_OUT = "store_opted_out"
SIZE = 20_000
NEXT = """
    SELECT max(member_id) FROM (SELECT member_id FROM campaigns_participant
     WHERE occurrence_id = %(occurrence)s AND member_id > %(after)s ORDER BY member_id LIMIT %(size)s) AS next
"""
THEIR = """
    p.occurrence_id = %(occurrence)s AND p.member_id > %(after)s AND p.member_id <= %(last)s
       AND (%(stores)s::bigint[] IS NULL
            OR EXISTS (SELECT FROM members_member m WHERE m.id = p.member_id AND m.home_store_id = ANY (%(stores)s)))
"""
HOLD_BACK = f"""
    UPDATE campaigns_touch t SET state = 'suppressed', suppressed_by = %(why)s FROM campaigns_participant p
     WHERE {THEIR} AND t.member_id = p.member_id AND t.source = 'campaign' AND t.source_id = %(occurrence)s
       AND t.state = 'planned'
"""
LAPSE = f"""
    UPDATE campaigns_guidetask t SET state = 'lapsed', closed_at = %(now)s, snoozed_until = NULL
      FROM campaigns_participant p
     WHERE {THEIR} AND t.member_id = p.member_id AND t.reason = 'invitation' AND t.occurrence = %(occurrence)s::text
       AND t.state = 'open'
"""


def withdraw(occurrence: MemberDayOccurrence, *, by: Staff | None) -> None:
    """Let a date not come; a job takes back what its members have not got yet. In the caller's transaction."""
    occurrence.withdrawn_at = timezone.now()
    occurrence.save(update_fields=["withdrawn_at"])
    open_jobs = Job.objects.filter(
        natural_key__startswith=f"{source_of(occurrence.member_day, occurrence.on)}:", kind__in=(ENROL, NOTIFY, INVITE)
    ).filter(state__in=(JobState.WAITING, JobState.RUNNING, JobState.PAUSED, JobState.FAILED))
    for job in open_jobs.order_by("pk"):
        jobs.cancel(job)
    run = occurrence.issue_run
    if run is not None and run.job is not None and run.job.started_at is None and run.job.state == JobState.WAITING:
        jobs.cancel(run.job)
    if occurrence.enrolled_at is not None:
        take_back(occurrence, ENDED, by=by)


def take_back(occurrence: MemberDayOccurrence, why: str, *, stores: list[int] | None = None, by: Staff | None) -> Job:
    """Plan the job that holds messages and invitations of a date back: of all its members, or those of some stores."""
    return jobs.plan(
        WITHDRAW,
        params={"occurrence": occurrence.pk, "why": why, "stores": stores},
        title=f"{occurrence.member_day.name} {occurrence.on:%Y-%m-%d}",
        by=by,
    )


def withdraw_chunk(job: Job) -> bool:
    """The next members of the date; True when all were seen."""
    params: dict[str, Any] = {
        "occurrence": job.params["occurrence"],
        "why": job.params["why"],
        "stores": job.params["stores"],
        "after": job.cursor.get("after", 0),
        "size": SIZE,
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(NEXT, params)
        last = cursor.fetchone()[0]
        if last is None:
            return True
        cursor.execute(HOLD_BACK, {**params, "last": last})
        job.done += cursor.rowcount
        cursor.execute(LAPSE, {**params, "last": last})
        job.done += cursor.rowcount
    job.cursor = {"after": last}
    return False
