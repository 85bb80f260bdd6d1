"""Headcount: living members by home store, tier and stage, and what they bought in windows that end today.

The rows of a day are as they were counted last on that day. Kept are five weeks, and the last day of each month.
"""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from members.insight.summaries.base import Summary, replace
from members.orders.worktables import run
from members.windows import first_moment, windows

NAME = "headcount"
KEPT_DAYS = 35

COUNT = """
INSERT INTO members_headcount (day, store_id, tier_id, stage, members, bought_30d, bought_60d, bought_90d, again_60d,
    orders_365d, spend_365d)
SELECT %(day)s, m.home_store_id, m.tier_id, m.stage, count(*),
    count(*) FILTER (WHERE f.last_order_at >= %(from_30)s),
    count(*) FILTER (WHERE f.last_order_at >= %(from_60)s),
    count(*) FILTER (WHERE f.last_order_at >= %(from_90)s),
    count(*) FILTER (WHERE f.last_order_at >= %(from_60)s AND f.orders > 1),
    coalesce(sum(f.orders_365d), 0), coalesce(sum(f.spend_365d), 0)
FROM members_member m LEFT JOIN members_memberfacts f ON f.member_id = m.id
WHERE m.state = 'active' GROUP BY m.home_store_id, m.tier_id, m.stage
"""
# a month's last day is the one after which another month begins
OUTLIVED = "day < %(kept_from)s AND extract(month FROM day + 1) = extract(month FROM day)"
FORGET = f"DELETE FROM members_summarystate WHERE name = '{NAME}' AND {OUTLIVED}"


def rebuild(day: date) -> int:
    """Count today's rows anew and let go of those that are no longer kept; returns how many rows today has.

    Raises ValueError for another day: how things stood then cannot be counted any more.
    """
    if day != windows().today:
        raise ValueError(f"members stand as they do today, not as on {day}")
    starts = {f"from_{days}": first_moment(day, days) for days in (30, 60, 90)}
    params = {"day": day, "kept_from": day - timedelta(days=KEPT_DAYS), **starts}
    run(FORGET, params)
    return replace("members_headcount", f"day = %(day)s OR {OUTLIVED}", COUNT, params)


SUMMARY = Summary(NAME, _("Headcount"), rebuild)
