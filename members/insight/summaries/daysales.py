"""Sales of each day and store: of all, and of members; net of what came back since.

A night counts only the days on which something changed: days of orders recorded since the night before, which an index
finds, and of orders that came back or were corrected since, which a trigger on orders writes down (TouchedSale). A full
rebuild comes to the same.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.insight.summaries.base import Summary, replace
from members.orders.worktables import rows, run
from members.windows import first_moment
from stores.models import Setting

GATHERED = "members.insight.sales_gathered"
MARGIN = timedelta(days=1)  # how long a transaction that records orders may take to be seen

# asked store by store, so that the index of stores and days finds the orders of one day among those of years
COUNT = """
INSERT INTO members_daysales (day, store_id, orders, sales, member_orders, member_sales, first_orders)
SELECT %(day)s, s.id, count(*), sum(o.kept), count(o.member_id),
    coalesce(sum(o.kept) FILTER (WHERE o.member_id IS NOT NULL), 0),
    count(*) FILTER (WHERE o.member_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM members_order e WHERE e.member_id = o.member_id AND e.paid_at <= o.paid_at
            AND (e.paid_at, e.id) < (o.paid_at, o.id)))
FROM stores_store s CROSS JOIN LATERAL (
    SELECT id, member_id, paid_at, net_amount - returned_amount AS kept FROM members_order
    WHERE store_id = s.id AND paid_at >= %(begins)s AND paid_at < %(ends)s OFFSET 0
) AS o
GROUP BY s.id
"""
TAKEN = "DELETE FROM members_touchedsale WHERE paid_at >= %(begins)s AND paid_at < %(ends)s"
# An order recorded late may come before the one that was its member's first until then.
GATHER = """
INSERT INTO members_touchedsale (paid_at)
WITH fresh AS (SELECT member_id, paid_at FROM members_order WHERE recorded_at >= %(since)s)
SELECT DISTINCT date_trunc('day', t.paid_at AT TIME ZONE %(zone)s) AT TIME ZONE %(zone)s FROM (
    SELECT paid_at FROM fresh
    UNION ALL
    SELECT later.paid_at FROM fresh
    JOIN members_order later ON later.member_id = fresh.member_id AND later.paid_at > fresh.paid_at
) AS t
"""
DAYS = "SELECT DISTINCT (paid_at AT TIME ZONE %(zone)s)::date FROM members_touchedsale"
SPAN = """
SELECT (least(min(first), (SELECT min(day)::timestamp AT TIME ZONE %(zone)s FROM members_daysales))
        AT TIME ZONE %(zone)s)::date, (max(last) AT TIME ZONE %(zone)s)::date
FROM (
    SELECT (SELECT min(paid_at) FROM members_order o WHERE o.store_id = s.id) AS first,
        (SELECT max(paid_at) FROM members_order o WHERE o.store_id = s.id) AS last
    FROM stores_store s
) AS span
"""


def rebuild(day: date) -> int:
    """Count the sales of a day anew; returns how many stores sold something."""
    params = {"day": day, "begins": first_moment(day, 1), "ends": first_moment(day + timedelta(days=1), 1)}
    run(TAKEN, params)
    return replace("members_daysales", "day = %(day)s", COUNT, params)


def due(today: date) -> list[date]:
    """Today, and the days whose orders came or changed since this was asked last; all days when it never was."""
    since = Setting.objects.filter(name=GATHERED).values_list("value", flat=True).first()
    if since is None:
        return everything(today)
    _gathered()
    run(GATHER, {"since": datetime.fromisoformat(since) - MARGIN, "zone": settings.TIME_ZONE})
    found = {row[0] for row in rows(DAYS, {"zone": settings.TIME_ZONE})}
    return sorted(found | {today})


def everything(today: date) -> list[date]:
    """All days from the first order to the last, or to today."""
    _gathered()
    first, last = rows(SPAN, {"zone": settings.TIME_ZONE})[0]
    first, last = min(first or today, today), max(last or today, today)
    return [first + timedelta(days=nth) for nth in range((last - first).days + 1)]


def _gathered() -> None:
    Setting.objects.update_or_create(name=GATHERED, defaults={"value": timezone.now().isoformat()})


SUMMARY = Summary("sales", _("Sales of days"), rebuild, due, everything)
