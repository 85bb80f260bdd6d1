"""What a date of a campaign does once its members are fixed: the coupon issue, a job for each message, and invitations.

Each is known by the date, so that carrying on again plans only what is missing.
"""

import logging
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from campaigns.memberdays.audience import taking_part, treated
from campaigns.models import CampaignMessage, MemberDay, MemberDayOccurrence, MemberDayState
from coupons import bulk
from coupons.models import IssueRun, Origin
from stores import jobs
from stores.errors import Refusal
from stores.models import Job, JobState
from stores.places import start_of_day

logger = logging.getLogger(__name__)

NOTIFY, INVITE = "campaigns.notify", "campaigns.invite"


def source_of(member_day: MemberDay, day: date) -> str:
    """The name under which what a date sets in motion is known below."""
    return f"member_day:{member_day.pk}:{day:%Y-%m-%d}"


def carry_on(occurrence: MemberDayOccurrence) -> None:
    """Plan what is missing of a date whose members are fixed; in the caller's transaction."""
    member_day = occurrence.member_day
    is_open = occurrence.withdrawn_at is None and occurrence.until >= timezone.localdate()
    if not occurrence.enrolled_at or not is_open or member_day.state != MemberDayState.PUBLISHED:
        return
    _issue(occurrence)
    for message in member_day.messages.all():
        _plan(NOTIFY, f"notice:{message.channel}", occurrence, message.days_before, message=message.pk)
    if member_day.invite_days_before is not None:
        _plan(INVITE, "invite", occurrence, member_day.invite_days_before)


def leaves_at(occurrence: MemberDayOccurrence, message: CampaignMessage) -> datetime:
    """When a message of a date may leave at the earliest."""
    day = start_of_day(None, occurrence.on - timedelta(days=message.days_before))
    return day + timedelta(hours=message.at_hour)


def _plan(kind: str, name: str, occurrence: MemberDayOccurrence, days_before: int, **more: int) -> Job:
    member_day = occurrence.member_day
    return jobs.plan(
        kind,
        params={"occurrence": occurrence.pk, **more},
        title=f"{member_day.name} {occurrence.on:%Y-%m-%d}",
        natural_key=f"{source_of(member_day, occurrence.on)}:{name}",
        due_at=start_of_day(None, occurrence.on - timedelta(days=days_before)),
    )


def _issue(occurrence: MemberDayOccurrence) -> None:
    """Plan the coupon issue of a date, once; or bring the audience of one that has not started up to date.

    A coupon that can no longer be issued is left out and tried again the next night; the date itself stands.
    """
    member_day = occurrence.member_day
    template = member_day.coupon_template
    if template is None:
        return
    if occurrence.issue_run_id is not None:
        change_audience(occurrence)
        return
    stores = taking_part(member_day)
    if stores is not None and not stores:
        return
    try:
        with transaction.atomic():
            occurrence.issue_run = bulk.start(
                template,
                treated(occurrence),
                by=member_day.created_by,
                origin=Origin.CAMPAIGN,
                origin_id=member_day.pk,
                natural_key=source_of(member_day, occurrence.on),
                due_at=start_of_day(None, occurrence.on - timedelta(days=member_day.issue_days_before)),
            )
            occurrence.save(update_fields=["issue_run"])
    except Refusal as refusal:
        logger.warning("campaign %s on %s issues no coupon: %s", member_day.pk, occurrence.on, refusal.code)


def change_audience(occurrence: MemberDayOccurrence) -> None:
    """Let a coupon issue that has not started know which stores take part now; one that has goes on as it began."""
    if occurrence.issue_run_id is not None:
        run = IssueRun.objects.filter(pk=occurrence.issue_run_id, job__started_at=None, job__state=JobState.WAITING)
        run.update(audience=treated(occurrence))


def is_issuing(occurrence: MemberDayOccurrence) -> bool:
    """Whether its coupons are on their way into wallets, or ought to be: what speaks of them waits."""
    job = occurrence.issue_run.job if occurrence.issue_run else None
    if job is None or job.state not in (JobState.WAITING, JobState.RUNNING, JobState.PAUSED):
        return False
    return job.started_at is not None or job.due_at <= timezone.now()
