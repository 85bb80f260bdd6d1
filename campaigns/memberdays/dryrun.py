"""What a member day will do, before it is published: who, at what cost, does the stock last, what does it run into."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from campaigns.memberdays.audience import audience_of
from campaigns.memberdays.dates import days_between, first_dates, spans
from campaigns.models import MemberDay, MemberDayState
from coupons import bulk
from coupons.audience import Audience
from stores.models import Store

SHOWN_DATES = 6


@dataclass(frozen=True)
class Collision:
    """Another published member day on the same date for some of the same members and stores."""

    on: date
    member_day: MemberDay


@dataclass(frozen=True)
class DryRun:
    """``members`` take part in each date and ``coupons`` of them get one; together these cost at most ``cost`` yuan.

    ``stock_left`` is what remains of the coupon after one date, None when it has no limit or there is no coupon. Fewer
    coupons than members with none left mean that the stock does not last.
    """

    members: int
    stores: int
    cost: Decimal
    coupons: int
    stock_left: int | None
    dates: list[date]
    collisions: list[Collision]


def dry_run(member_day: MemberDay) -> DryRun:
    """Look ahead without changing anything. Raises Refusal ``bad_recurrence``."""
    today = timezone.localdate()
    first_dates(member_day, n=1)
    last = date(today.year + 1, today.month, min(today.day, 28))
    coming = [one.on for one in spans(member_day, today, last)]
    cost, coupons, stock_left = Decimal(0), 0, None
    if member_day.coupon_template is not None:
        preview = bulk.preview(member_day.coupon_template, audience_of(member_day))
        cost, coupons, stock_left = preview.cost, preview.count, preview.stock_left
    return DryRun(
        members=Audience.of(audience_of(member_day)).count(),
        stores=stores_of(member_day).count(),
        cost=cost,
        coupons=coupons,
        stock_left=None if stock_left is None else stock_left - coupons,
        dates=coming[:SHOWN_DATES],
        collisions=_collisions(member_day, coming[:SHOWN_DATES]),
    )


def stores_of(member_day: MemberDay) -> QuerySet[Store]:
    """The stores that take part today."""
    chosen = member_day.stores.values("pk")
    stores = Store.objects.filter(closed_on=None).exclude(pk__in=member_day.opted_out.values("pk"))
    return stores.filter(pk__in=chosen) if member_day.stores.exists() else stores


def _collisions(member_day: MemberDay, days: list[date]) -> list[Collision]:
    """Dates that another published day with common tiers and stores has taken."""
    found = []
    for other in MemberDay.objects.filter(state=MemberDayState.PUBLISHED).exclude(pk=member_day.pk):
        if not days or not _meet(member_day, other):
            continue
        theirs = set(days_between(other, days[0], days[-1]))
        found += [Collision(on=day, member_day=other) for day in days if day in theirs]
    return sorted(found, key=lambda collision: (collision.on, collision.member_day.pk))


def _meet(one: MemberDay, other: MemberDay) -> bool:
    """Whether two member days have a tier and a store in common; an empty choice means all."""
    for field in ("tiers", "stores"):
        ours, theirs = (set(getattr(day, field).values_list("pk", flat=True)) for day in (one, other))
        if ours and theirs and not ours & theirs:
            return False
    return True
