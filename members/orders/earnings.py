"""What orders earn: ledger entries that bring each order's sum to what it is worth now, never below zero.

An order is worth floor((paid - returned) x what a yuan of it earns). The ledgers are append-only: a return adds a
negative entry, a revision the difference. Entries carry the moment the order was paid, so that earned and taken back
leave the growth window together, and, for points, expire together.
"""

from django.utils.translation import gettext_lazy as _

from members.models import EntryKind
from members.orders.worktables import run
from stores.policy import define

POINTS_MONTHS = define("points.months", 12, _("Months after which points expire, at the end of that month"), minimum=1)

# What orders wrote of late: the kinds of entry that answer for an order, against which its worth is held.
OF_ORDERS = f"e.kind IN ('{EntryKind.ORDER}', '{EntryKind.RETURN}')"
MISSING = """
    SELECT s.member_id, s.order_id, s.paid_at AS at, s.store_id, s.returned,
        floor((s.net_amount - s.returned) * s.{factor})::int - coalesce(e.total, 0) AS delta
    FROM work_sale s
    LEFT JOIN (
        SELECT e.order_id, e.at, sum(e.delta)::int AS total
        FROM work_sale s JOIN {ledger} e ON e.order_id = s.order_id
        WHERE s.is_dirty AND {of_orders} GROUP BY e.order_id, e.at
    ) AS e ON e.order_id = s.order_id AND e.at = s.paid_at
    WHERE s.is_dirty
"""
# A revision moved the order to another moment: what it earned at the old one is taken back there.
MOVED = """
    SELECT s.member_id, s.order_id, e.at, s.store_id, s.returned, -sum(e.delta)::int AS delta
    FROM work_sale s JOIN {ledger} e ON e.order_id = s.order_id
    WHERE s.is_dirty AND e.at <> s.paid_at AND {of_orders}
    GROUP BY s.member_id, s.order_id, e.at, s.store_id, s.returned
"""
KIND = f"CASE WHEN d.delta < 0 AND d.returned > 0 THEN '{EntryKind.RETURN}' ELSE '{EntryKind.ORDER}' END"
GROWTH = f"""
WITH written AS (
    INSERT INTO members_growthentry (member_id, kind, delta, order_id, at)
    SELECT d.member_id, {KIND}, d.delta, d.order_id, d.at
    FROM ({{missing}} UNION ALL {{moved}}) AS d WHERE d.delta <> 0
    RETURNING member_id, at, delta
)
INSERT INTO work_taken SELECT member_id, at, delta FROM written WHERE delta < 0
"""
POINTS = f"""
INSERT INTO members_pointsentry (member_id, kind, delta, order_id, at, expires_at)
SELECT d.member_id, {KIND}, d.delta, d.order_id, d.at,
    (date_trunc('month', d.at AT TIME ZONE st.time_zone) + make_interval(months => %(months)s + 1))
        AT TIME ZONE st.time_zone
FROM ({{missing}} UNION ALL {{moved}}) AS d JOIN stores_store st ON st.id = d.store_id
WHERE d.delta <> 0
"""


def write_entries() -> int:
    """Append what the ledgers are short of for the dirty orders of work_sale; returns how often growth was taken."""
    run(_filled(POINTS, "members_pointsentry", "points_factor"), {"months": POINTS_MONTHS.value})
    return run(_filled(GROWTH, "members_growthentry", "growth_factor"))


def _filled(sql: str, ledger: str, factor: str) -> str:
    names = {"ledger": ledger, "factor": factor, "of_orders": OF_ORDERS}
    return sql.format(missing=MISSING.format(**names), moved=MOVED.format(**names))
