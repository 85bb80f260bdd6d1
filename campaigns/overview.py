"""Headquarters' first figures: members, sales, coupons, guides' work; tier by kind of store; stages; what needs a look.

Every figure is one aggregate over an index or a small table. The page keeps them for a few minutes and says as of when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from campaigns.models import MemberDayOccurrence
from coupons import gifts
from coupons.models import CouponTemplate, GivenGift, IssueRun, RunState, TemplateState
from members.models import Delivery, DeliveryState, Stage, Tier
from members.oneid import duplicates
from stores.models import Job, JobState, StoreKind

DAYS = 30
FRESH_FOR = 300
CACHE_KEY = "campaigns.overview"

FIGURES = """
    WITH span AS (
        SELECT %(since)s::timestamptz AS since, %(before)s::timestamptz AS before, %(now)s::timestamptz AS now
    )
    SELECT
        (SELECT count(*) FROM members_memberfacts, span WHERE last_order_at > span.now - interval '90 days'),
        (SELECT count(*) FROM members_memberfacts, span WHERE first_order_at > span.since),
        (SELECT coalesce(sum(net_amount - returned_amount), 0) FROM members_order, span
            WHERE paid_at > span.since AND paid_at <= span.now AND member_id IS NOT NULL),
        (SELECT coalesce(sum(net_amount - returned_amount), 0) FROM members_order, span
            WHERE paid_at > span.before AND paid_at <= span.since AND member_id IS NOT NULL),
        (SELECT count(*) FROM coupons_coupon, span WHERE state = 'used' AND used_at > span.since),
        (SELECT coalesce(sum(discount - coalesce(given_back, 0)), 0) FROM coupons_coupon, span
            WHERE state = 'used' AND used_at > span.since),
        (SELECT coalesce(sum(amount), 0) FROM campaigns_attribution, span WHERE ordered_at > span.since),
        (SELECT count(*) FROM campaigns_guidetask, span WHERE state = 'done' AND closed_at > span.since),
        (SELECT count(*) FROM campaigns_guidetask, span WHERE state <> 'open' AND closed_at > span.since)
"""
MATRIX = """
    SELECT m.tier_id, s.kind, count(*), coalesce(sum(f.spend_365d), 0),
        count(*) FILTER (WHERE f.last_order_at > now() - interval '60 days')
    FROM members_member m JOIN stores_store s ON s.id = m.home_store_id
    LEFT JOIN members_memberfacts f ON f.member_id = m.id
    WHERE m.state = 'active' GROUP BY 1, 2
"""
STAGES = "SELECT stage, count(*) FROM members_member WHERE state = 'active' GROUP BY 1"


@dataclass(frozen=True)
class Figures:
    """The headline figures of the last 30 days, sales and discounts in yuan."""

    active_90d: int
    first_orders: int
    sales: Decimal
    sales_before: Decimal
    coupons_used: int
    discount: Decimal
    guided_sales: Decimal
    tasks_done: int
    tasks_closed: int

    @property
    def sales_change(self) -> float | None:
        """Sales against the 30 days before, in percent; None when there were none."""
        return float((self.sales / self.sales_before - 1) * 100) if self.sales_before else None

    @property
    def guided_share(self) -> float:
        """The share of sales that followed a guide's touch, in percent."""
        return float(self.guided_sales / self.sales * 100) if self.sales else 0.0

    @property
    def task_rate(self) -> float | None:
        """The share of closed tasks that were done and did not lapse, in percent."""
        return self.tasks_done * 100 / self.tasks_closed if self.tasks_closed else None


@dataclass(frozen=True)
class Cell:
    """One tier in one kind of store: members, yearly spend per head, share that bought in 60 days (percent)."""

    tier: int
    kind: str
    members: int
    spend_per_head: Decimal
    bought_60d: float
    heat: int


@dataclass(frozen=True)
class StagePart:
    """The members of a lifecycle stage, and the part of the bar they fill: start and width in percent."""

    stage: str
    members: int
    start: float
    width: float

    @property
    def label(self) -> str:
        """The name of the stage in the reader's language."""
        return str(Stage(self.stage).label)


@dataclass(frozen=True)
class Overview:
    """Everything the page shows, as of a moment."""

    as_of: datetime
    figures: Figures
    tiers: Sequence[tuple[str, str, Sequence[Cell]]]  # name, look, one cell per kind of store
    stages: Sequence[StagePart]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The kinds of store in the reader's language."""
        return [(kind.value, str(kind.label)) for kind in StoreKind]


@dataclass(frozen=True)
class Attention:
    """What needs a look today."""

    failed_jobs: int
    set_aside: int
    duplicates: int
    gifts_not_given: int
    coupons_to_approve: int
    issues_to_approve: int
    coming: Sequence[tuple[date, Any]]


def overview(*, anew: bool = False) -> Overview:
    """The figures, at most five minutes old; ``anew`` counts them now."""
    known = None if anew else cache.get(CACHE_KEY)
    if known is None:
        known = _count(timezone.now())
        cache.set(CACHE_KEY, known, FRESH_FOR)
    return known


def attention() -> Attention:
    """Failed jobs, deliveries set aside, possible duplicates, what waits for a second person, and the member days of a
    fortnight. Never kept."""
    today = timezone.localdate()
    coming = MemberDayOccurrence.objects.filter(on__gte=today, on__lte=today + timedelta(days=14))
    return Attention(
        failed_jobs=Job.objects.filter(state=JobState.FAILED).count(),
        set_aside=Delivery.objects.filter(state=DeliveryState.QUARANTINED).count(),
        duplicates=duplicates.waiting().count(),
        gifts_not_given=GivenGift.objects.filter(refusal__in=gifts.OUR_FAULT, due_at__gte=_days_ago(DAYS)).count(),
        coupons_to_approve=CouponTemplate.objects.filter(state=TemplateState.PENDING).count(),
        issues_to_approve=IssueRun.objects.filter(state=RunState.PENDING).count(),
        coming=[(one.on, one.member_day) for one in coming.select_related("member_day").order_by("on")[:6]],
    )


def _days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def _count(now: datetime) -> Overview:
    since = now - timedelta(days=DAYS)
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, {"now": now, "since": since, "before": since - timedelta(days=DAYS)})
        figures = Figures(*cursor.fetchone())
        cursor.execute(MATRIX)
        cells = {(row[0], row[1]): row[2:] for row in cursor.fetchall()}
        cursor.execute(STAGES)
        stages = dict(cursor.fetchall())
    return Overview(
        as_of=now,
        figures=figures,
        tiers=_matrix(cells),
        stages=_stage_parts(stages),
    )


def _stage_parts(members: dict[str, int]) -> list[StagePart]:
    """The stages in the order of a member's life."""
    everybody = sum(members.values()) or 1
    parts: list[StagePart] = []
    for stage in Stage:
        count = members.get(stage, 0)
        start = parts[-1].start + parts[-1].width if parts else 0.0
        parts.append(StagePart(stage.value, count, start, count * 100 / everybody))
    return parts


def _matrix(cells: dict[tuple[int, str], tuple[int, Decimal, int]]) -> list[tuple[str, str, list[Cell]]]:
    """Rows from the highest tier down; heat 0 to 5 by the share that bought in 60 days, within the range seen."""
    shares = [bought / members for members, _spend, bought in cells.values() if members]
    low, high = min(shares, default=0.0), max(shares, default=1.0)
    rows = []
    for tier in Tier.objects.filter(threshold__isnull=False).order_by("-threshold"):
        row = []
        for kind in StoreKind:
            members, spend, bought = cells.get((tier.pk, kind), (0, Decimal(0), 0))
            share = bought / members if members else 0.0
            heat = round((share - low) / (high - low) * 5) if members and high > low else 0
            row.append(Cell(tier.pk, kind, members, spend / members if members else spend, share * 100, heat))
        rows.append((tier.name, tier.look, row))
    return rows
