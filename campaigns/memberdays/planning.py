"""Planning ahead: each coming date of a member day gets a row, an earning rule pushed down, and its coupon issue.

Everything is keyed by (member day, date), so planning again changes nothing that has not changed itself.
"""

import logging
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.memberdays.recurrence import dates_between
from campaigns.models import MemberDay, MemberDayOccurrence, MemberDayState
from coupons import bulk
from coupons.audience import leaf, together
from coupons.models import IssueRun, Origin
from members.ledgers import earning
from members.segments.facts.choices import IN, NOT_IN
from stores.errors import Refusal
from stores.models import Job, JobState, Store
from stores.places import end_of_day, start_of_day
from stores.policy import define

logger = logging.getLogger(__name__)

AHEAD = define(
    "member_day.plan_ahead_days", 30, _("Member days are planned this many days ahead"), minimum=1, maximum=90
)


def plan_chunk(job: Job) -> bool:
    """One published member day per chunk, in key order; True when all are planned up to the horizon."""
    today = date.fromisoformat(job.params["day"])
    coming = MemberDay.objects.filter(state=MemberDayState.PUBLISHED, pk__gt=job.cursor.get("after", 0))
    member_day = coming.order_by("pk").first()
    if member_day is None:
        return True
    job.done += plan_coming(member_day, today=today)
    job.cursor = {"after": member_day.pk}
    return False


def plan_coming(member_day: MemberDay, *, today: date | None = None) -> int:
    """Plan the dates from today to the horizon and bring their rules up to date; returns how many dates are planned.

    A coupon that can no longer be issued is left out and tried again the next night; the day itself stands.
    """
    today = today or timezone.localdate()
    last = today + timedelta(days=AHEAD.value)
    days = dates_between(member_day.recurrence, member_day.starts_on, member_day.ends_on, today, last)
    with transaction.atomic():
        locked = (
            MemberDay.objects.select_for_update(of=("self",)).select_related("coupon_template").get(pk=member_day.pk)
        )
        if locked.state != MemberDayState.PUBLISHED:
            return 0
        MemberDayOccurrence.objects.bulk_create(
            [MemberDayOccurrence(member_day=locked, on=day, until=day) for day in days], ignore_conflicts=True
        )
        planned = list(locked.occurrences.filter(on__gte=today, on__lte=last).order_by("on"))
        push_rules(locked, planned)
        for occurrence in planned:
            _issue(locked, occurrence)
    return len(planned)


def source_of(member_day: MemberDay, day: date) -> str:
    """The name under which a date's earning rule and coupon issue are known below."""
    return f"member_day:{member_day.pk}:{day:%Y-%m-%d}"


def taking_part(member_day: MemberDay) -> list[int] | None:
    """Ids of the stores that take part; None when all do, present and future."""
    chosen = set(member_day.stores.values_list("pk", flat=True))
    out = set(member_day.opted_out.values_list("pk", flat=True))
    if not out:
        return sorted(chosen) or None
    return sorted((chosen or set(Store.objects.values_list("pk", flat=True))) - out)


def audience_of(member_day: MemberDay) -> dict[str, Any]:
    """The members a member day is for, as a rule; ``{}`` is everybody."""
    return together(
        *leaf("tier", IN, member_day.tiers.values_list("pk", flat=True)),
        *leaf("home_store", IN, member_day.stores.values_list("pk", flat=True)),
        *leaf("home_store", NOT_IN, member_day.opted_out.values_list("pk", flat=True)),
    )


def push_rules(member_day: MemberDay, occurrences: Iterable[MemberDayOccurrence]) -> None:
    """Write the earning rule of each date into the members band, or withdraw it when no store is left.

    An empty store list below means every store, so "nobody" must be no rule at all.
    """
    stores = taking_part(member_day)
    tiers = sorted(member_day.tiers.values_list("pk", flat=True))
    for occurrence in occurrences:
        source = source_of(member_day, occurrence.on)
        if stores is not None and not stores:
            earning.withdraw_rule(source)
            continue
        earning.push_rule(
            source=source,
            title=member_day.name,
            starts_at=start_of_day(None, occurrence.on),
            ends_at=end_of_day(None, occurrence.on),
            growth_factor=member_day.growth_factor,
            points_factor=member_day.points_factor,
            store_ids=stores or [],
            tier_ids=tiers,
        )


def _issue(member_day: MemberDay, occurrence: MemberDayOccurrence) -> None:
    """Plan the coupon issue of a date, once; or bring the audience of one that has not started up to date."""
    template = member_day.coupon_template
    if template is None:
        return
    if occurrence.issue_run_id is not None:
        change_audience(member_day, occurrence)
        return
    stores = taking_part(member_day)
    if stores is not None and not stores:
        return
    try:
        with transaction.atomic():
            occurrence.issue_run = bulk.start(
                template,
                audience_of(member_day),
                by=member_day.created_by,
                origin=Origin.CAMPAIGN,
                origin_id=member_day.pk,
                natural_key=source_of(member_day, occurrence.on),
                due_at=start_of_day(None, occurrence.on - timedelta(days=member_day.issue_days_before)),
            )
            occurrence.save(update_fields=["issue_run"])
    except Refusal as refusal:
        logger.warning("member day %s on %s issues no coupon: %s", member_day.pk, occurrence.on, refusal.code)


def waiting_job(occurrence: MemberDayOccurrence) -> Job | None:
    """The job of a date's coupon issue while it has not begun: nothing is in anybody's wallet yet. Else None."""
    job = occurrence.issue_run.job if occurrence.issue_run else None
    return job if job is not None and job.started_at is None and job.state == JobState.WAITING else None


def change_audience(member_day: MemberDay, occurrence: MemberDayOccurrence) -> None:
    """Let a coupon issue that has not started know which stores take part now; one that has goes on as it began."""
    if occurrence.issue_run_id is not None:
        run = IssueRun.objects.filter(pk=occurrence.issue_run_id, job__started_at=None, job__state=JobState.WAITING)
        run.update(audience=audience_of(member_day))
