"""The figures of insight for the demonstration: everything that a night would count, and the weeks and months before.

How members stood on a day that is over cannot be counted any more; the product keeps what it counted then. Here, where
nobody counted, the days are told from orders and changes of tier, by the same rules.
"""

from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone

from members import lifecycle
from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.models import SummaryState
from members.orders.worktables import run
from members.windows import first_moment, windows

HEADCOUNT = "headcount"
WEEKS, MONTHS = 5, 8

# one row per member and day: what the facts were then
THEN = """
    SELECT m.id, m.home_store_id, coalesce(t.after_id, m.tier_id) AS tier_id, coalesce(f.orders, 0) AS orders,
        coalesce(f.orders_365d, 0) AS orders_365d, coalesce(f.spend_365d, 0) AS spend_365d, f.last_order_at
    FROM members_member m
    LEFT JOIN (
        SELECT member_id, count(*) AS orders, max(paid_at) AS last_order_at,
            count(*) FILTER (WHERE paid_at >= %(from_365)s) AS orders_365d,
            sum(net_amount - returned_amount) FILTER (WHERE paid_at >= %(from_365)s) AS spend_365d
        FROM members_order WHERE paid_at < %(ends)s AND member_id IS NOT NULL GROUP BY member_id
    ) f ON f.member_id = m.id
    LEFT JOIN (
        SELECT DISTINCT ON (member_id) member_id, after_id FROM members_tierchange WHERE at < %(ends)s
        ORDER BY member_id, at DESC, id DESC
    ) t ON t.member_id = m.id
    WHERE m.state = 'active' AND m.joined_at < %(ends)s
"""
COUNT = f"""
INSERT INTO members_headcount (day, store_id, tier_id, stage, members, bought_30d, bought_60d, bought_90d, again_60d,
    orders_365d, spend_365d)
SELECT %(today)s, f.home_store_id, f.tier_id, {lifecycle.STAGE} AS stage, count(*),
    count(*) FILTER (WHERE f.last_order_at >= %(from_30)s), count(*) FILTER (WHERE f.last_order_at >= %(from_60)s),
    count(*) FILTER (WHERE f.last_order_at >= %(from_90)s),
    count(*) FILTER (WHERE f.last_order_at >= %(from_60)s AND f.orders > 1), sum(f.orders_365d), sum(f.spend_365d)
FROM ({THEN}) AS f GROUP BY f.home_store_id, f.tier_id, 4
"""


def build_summaries() -> None:
    """Count everything until today, and how members stood before."""
    today = windows().today
    for day in _past(today):
        _stood(day)
    for summary in SUMMARIES.values():
        for day in summary.days(today, anew=True):
            rebuild(summary, day)


def _past(today: date) -> list[date]:
    """The same day of the last weeks, and the last days of the months before."""
    ends, month = [], today.replace(day=1)
    for _nth in range(MONTHS):
        ends.append(month - timedelta(days=1))
        month = ends[-1].replace(day=1)
    return sorted({*ends, *(today - timedelta(days=7 * nth) for nth in range(1, WEEKS + 1))})


def _stood(day: date) -> None:
    starts = {f"from_{days}": first_moment(day, days) for days in (30, 60, 90, 365)}
    ends = first_moment(day + timedelta(days=1), 1)
    run(COUNT, {"today": day, "ends": ends, "zone": settings.TIME_ZONE, **starts, **lifecycle.params()})
    SummaryState.objects.create(name=HEADCOUNT, day=day, as_of=min(ends, timezone.now()))
