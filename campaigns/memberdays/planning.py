"""Planning ahead: each coming date of a campaign gets a row, earning rules, and the job that fixes its members.

Everything is keyed by (campaign, date), so planning again changes nothing that has not changed itself.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.memberdays import enrolling
from campaigns.memberdays.audience import taking_part
from campaigns.memberdays.carrying import carry_on, source_of
from campaigns.memberdays.dates import lead_days, spans
from campaigns.models import MemberDay, MemberDayOccurrence, MemberDayState
from members.ledgers import earning
from stores.models import Job
from stores.places import end_of_day, start_of_day
from stores.policy import define

AHEAD = define(
    "member_day.plan_ahead_days", 30, _("Member days are planned this many days ahead"), minimum=1, maximum=90
)


def plan_chunk(job: Job) -> bool:
    """One published campaign per chunk, in key order, then who took part long ago; True when all is done."""
    today = date.fromisoformat(job.params["day"])
    coming = MemberDay.objects.filter(state=MemberDayState.PUBLISHED, pk__gt=job.cursor.get("after", 0))
    member_day = coming.order_by("pk").first()
    if member_day is None:
        return enrolling.forget_chunk(today)
    job.done += plan_coming(member_day, today=today)
    job.cursor = {"after": member_day.pk}
    return False


def plan_coming(member_day: MemberDay, *, today: date | None = None) -> int:
    """Plan the dates from today to the horizon and bring their rules up to date; returns how many dates are planned."""
    today = today or timezone.localdate()
    with transaction.atomic():
        locked = MemberDay.objects.select_for_update(of=("self",)).get(pk=member_day.pk)
        if locked.state != MemberDayState.PUBLISHED:
            return 0
        last = today + timedelta(days=max(AHEAD.value, lead_days(locked)))
        MemberDayOccurrence.objects.bulk_create(
            [MemberDayOccurrence(member_day=locked, on=one.on, until=one.until) for one in spans(locked, today, last)],
            ignore_conflicts=True,
        )
        planned = list(open_dates(locked).filter(until__gte=today, on__lte=last))
        push_rules(locked, planned)
        for occurrence in planned:
            enrolling.plan(locked, occurrence)
            carry_on(occurrence)
    return len(planned)


def open_dates(member_day: MemberDay) -> QuerySet[MemberDayOccurrence]:
    """The dates that were planned and not withdrawn, in their order."""
    planned = member_day.occurrences.filter(withdrawn_at=None)
    return planned.select_related("member_day__coupon_template", "issue_run__job").order_by("on")


def push_rules(member_day: MemberDay, occurrences: Iterable[MemberDayOccurrence]) -> None:
    """Write the earning rules of each date into the members band, those for tiers that begin early beside; or withdraw
    them when no store is left.

    An empty store list below means every store, so "nobody" must be no rule at all.
    """
    stores = taking_part(member_day)
    tiers = sorted(member_day.tiers.values_list("pk", flat=True))
    early = [one for one in member_day.early_access.all() if not tiers or one.tier_id in tiers]
    for occurrence in occurrences:
        if stores is not None and not stores:
            withdraw_rules(member_day, occurrence)
            continue
        begins, source = start_of_day(None, occurrence.on), source_of(member_day, occurrence.on)
        windows = [(source, begins, end_of_day(None, occurrence.until), tiers)]
        for one in early:
            first = start_of_day(None, occurrence.on - timedelta(days=one.days))
            windows.append((f"{source}:early:{one.tier_id}", first, begins, [one.tier_id]))
        for name, starts_at, ends_at, tier_ids in windows:
            earning.push_rule(
                source=name,
                title=member_day.name,
                starts_at=starts_at,
                ends_at=ends_at,
                growth_factor=member_day.growth_factor,
                points_factor=member_day.points_factor,
                store_ids=stores or [],
                tier_ids=tier_ids,
            )


def withdraw_rules(member_day: MemberDay, occurrence: MemberDayOccurrence) -> None:
    """Take the earning rules of a date back."""
    source = source_of(member_day, occurrence.on)
    earning.withdraw_rule(source)
    for one in member_day.early_access.all():
        earning.withdraw_rule(f"{source}:early:{one.tier_id}")
