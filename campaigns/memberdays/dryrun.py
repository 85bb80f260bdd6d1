"""What a campaign will do, before it is published: who, at what cost, does the stock last, whom do messages reach, what
do guides have to do, store by store; and what it runs into. Nothing is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from campaigns.channels import CHANNELS
from campaigns.memberdays.audience import HELD_OUT, audience_of, holdout
from campaigns.memberdays.dates import days_between, first_dates, spans
from campaigns.models import CampaignMessage, MemberDay, MemberDayState
from coupons import batches, kinds, limits
from coupons.audience import Audience
from coupons.models import CouponTemplate
from members.models.member import BUCKETS
from members.privacy import consents
from members.segments.registry import Binder
from stores.models import Store
from stores.places import start_of_day

SHOWN_DATES = 6
GUIDED = "EXISTS (SELECT FROM stores_staff g WHERE g.id = m.guide_id AND g.is_active AND g.store_id IS NOT NULL)"
BY_STORE = """
    WITH looked_at AS (
        SELECT m.id, m.home_store_id, {held_out} AS held, CASE WHEN {guided} THEN m.guide_id END AS guide_id,
               {room} AS room
          FROM members_member m WHERE {living}
    ), who AS (
        SELECT *, room AND NOT held AS may, {gets} AS gets FROM looked_at
    ), asked AS (
        SELECT home_store_id, guide_id, least(count(*), %(most)s) AS tasks
          FROM who WHERE NOT held AND guide_id IS NOT NULL GROUP BY 1, 2
    ), work AS (
        SELECT home_store_id, sum(tasks) AS tasks, max(tasks) AS busiest FROM asked GROUP BY 1
    )
    SELECT who.home_store_id, count(*), count(*) FILTER (WHERE held), coalesce(max(work.tasks), 0)::int,
           coalesce(max(work.busiest), 0)::int, count(*) FILTER (WHERE may), count(*) FILTER (WHERE gets)
      FROM who LEFT JOIN work ON work.home_store_id IS NOT DISTINCT FROM who.home_store_id GROUP BY 1
"""
ALL_GET = "room AND NOT held"
# As they are issued: by member, until none is left.
FIRST_GET = f"{ALL_GET} AND row_number() OVER (PARTITION BY {ALL_GET} ORDER BY id) <= %(stock)s"
SOME = "SELECT m.id FROM members_member m WHERE m.bucket < %(buckets)s AND {living} AND NOT {held_out}"
ASKED = 50_000  # members who are asked whether they agreed; of more a sample of that size


@dataclass(frozen=True)
class Collision:
    """Another campaign on the same date for some of the same members and stores."""

    on: date
    member_day: MemberDay


@dataclass(frozen=True)
class StoreRow:
    """A store in the dry run (None: members without one). ``tasks`` for its guides, at most ``busiest`` for one."""

    store: Store | None
    members: int
    held_out: int
    coupons: int
    cost: Decimal
    tasks: int
    busiest: int


@dataclass(frozen=True)
class Reach:
    """A message of the campaign, and how many of those it is sent to agreed to its channel, about."""

    message: CampaignMessage
    members: int


@dataclass(frozen=True)
class DryRun:
    """``members`` take part in each date, ``held_out`` of them as the control group; ``coupons`` of the others get one,
    which together cost at most ``cost`` yuan, and are sent ``touches`` messages each.

    ``stock_left`` is what remains of the coupon after one date, None when it has no limit or there is no coupon;
    negative by as many as go without. ``by_store`` has the largest first.
    """

    members: int
    held_out: int
    stores: int
    cost: Decimal
    coupons: int
    stock_left: int | None
    dates: list[date]
    collisions: list[Collision]
    reach: Sequence[Reach] = ()
    tasks: int = 0
    by_store: Sequence[StoreRow] = ()

    @property
    def touches(self) -> int:
        """How many messages of this campaign a member may get for one date."""
        return len(self.reach)

    @property
    def busiest(self) -> int:
        """How many invitations fall to the guide with the most."""
        return max((row.busiest for row in self.by_store), default=0)


def dry_run(member_day: MemberDay) -> DryRun:
    """Look ahead without changing anything. Raises Refusal ``bad_recurrence``, ``audience_gone``."""
    today = timezone.localdate()
    first_dates(member_day, n=1)
    last = date(today.year + 1, today.month, min(today.day, 28))
    coming = [one.on for one in spans(member_day, today, last)][:SHOWN_DATES]
    stock = _stock(member_day.coupon_template)
    counted = _counted(member_day, stock, _issued_at(member_day, coming))
    members, held_out, wanted, coupons = (sum(row[nth] for row in counted) for nth in (1, 2, 5, 6))
    face = _face_value(member_day.coupon_template)
    return DryRun(
        members=members,
        held_out=held_out,
        stores=stores_of(member_day).count(),
        cost=coupons * face,
        coupons=coupons,
        stock_left=None if stock is None else stock - wanted,
        dates=coming,
        collisions=_collisions(member_day, coming),
        reach=_reach(member_day, members - held_out),
        tasks=sum(row[3] for row in counted),
        by_store=_by_store(counted, face),
    )


def stores_of(member_day: MemberDay) -> QuerySet[Store]:
    """The stores that take part today."""
    chosen = member_day.stores.values("pk")
    stores = Store.objects.filter(closed_on=None).exclude(pk__in=member_day.opted_out.values("pk"))
    return stores.filter(pk__in=chosen) if member_day.stores.exists() else stores


def _counted(member_day: MemberDay, stock: int | None, at: datetime) -> list[tuple[Any, ...]]:
    """Home store, members, control group, tasks, most of one guide, who may have a coupon at ``at``, who gets one; the
    largest first."""
    binder, template, room, more = Binder(timezone.now()), member_day.coupon_template, "false", {}
    if template is not None:
        room, more = batches.UNDER_LIMIT if limits.bounds(template) else "true", limits.params_of(template, at)
    living = Audience.of(audience_of(member_day)).living(binder)
    most = member_day.invite_most if member_day.invite_days_before is not None else 0
    gets = ALL_GET if stock is None else FIRST_GET
    text = BY_STORE.format(held_out=HELD_OUT, guided=GUIDED, living=living, room=room, gets=gets)
    params = {**binder.values, **holdout(member_day), **more, "most": most, "stock": stock}
    with connection.cursor() as cursor:
        cursor.execute(f"{text} ORDER BY 2 DESC, 1", params)
        return cursor.fetchall()


def _issued_at(member_day: MemberDay, coming: Sequence[date]) -> datetime:
    """When the coupons of the next date are issued, which says in what period a limit counts."""
    days = [start_of_day(None, on - timedelta(days=member_day.issue_days_before)) for on in coming[:1]]
    return max(timezone.now(), *days)


def _stock(template: CouponTemplate | None) -> int | None:
    """How many coupons are left; None without a coupon or a limit."""
    return None if template is None or template.stock is None else max(template.stock - template.issued, 0)


def _face_value(template: CouponTemplate | None) -> Decimal:
    """What one coupon costs at most, in yuan."""
    return kinds.face_value(template.terms) if template and template.terms else Decimal(0)


def _reach(member_day: MemberDay, treated: int) -> list[Reach]:
    """Each message, and how many may get it; of many members a sample is asked."""
    messages = list(member_day.messages.select_related("message"))
    if not messages or not treated:
        return [Reach(one, 0) for one in messages]
    buckets, binder = min(BUCKETS, max(BUCKETS * ASKED // treated, 1)), Binder(timezone.now())
    text = SOME.format(living=Audience.of(audience_of(member_day)).living(binder), held_out=HELD_OUT)
    with connection.cursor() as cursor:
        cursor.execute(text, {**binder.values, **holdout(member_day), "buckets": buckets})
        some = [row[0] for row in cursor.fetchall()]
    found = []
    for one in messages:
        consent = CHANNELS[one.channel].consent if one.channel in CHANNELS else None
        agreed = len(consents.allowed_members(some, consent)) if consent else len(some)
        found.append(Reach(one, treated * agreed // max(len(some), 1)))
    return found


def _by_store(counted: list[tuple[Any, ...]], face: Decimal) -> list[StoreRow]:
    stores = Store.objects.in_bulk([row[0] for row in counted if row[0]])
    return [
        StoreRow(stores.get(store), members, held_out, coupons, coupons * face, tasks, busiest)
        for store, members, held_out, tasks, busiest, _may, coupons in counted
    ]


def _collisions(member_day: MemberDay, days: list[date]) -> list[Collision]:
    """Dates that another published campaign with common tiers and stores has taken."""
    found = []
    for other in MemberDay.objects.filter(state=MemberDayState.PUBLISHED).exclude(pk=member_day.pk):
        if not days or not meet(member_day, other):
            continue
        theirs = set(days_between(other, days[0], days[-1]))
        found += [Collision(on=day, member_day=other) for day in days if day in theirs]
    return sorted(found, key=lambda collision: (collision.on, collision.member_day.pk))


def meet(one: MemberDay, other: MemberDay) -> bool:
    """Whether two campaigns have a tier and a store in common; an empty choice means all."""
    for field in ("tiers", "stores"):
        ours, theirs = (set(getattr(day, field).values_list("pk", flat=True)) for day in (one, other))
        if ours and theirs and not ours & theirs:
            return False
    return True
