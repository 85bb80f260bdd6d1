"""What orders earn: ledger entries that bring each order's sum to what it is worth now, never below zero.

What an order is worth says members.tiering.tierpaths. The ledgers are append-only: a return adds a
negative entry, a revision the difference. Entries carry the moment the order was paid, so that earned and taken back
leave the growth window together, and, for points, expire together.
"""

from members.models import EntryKind
from members.orders.worktables import one, run

# The kinds of entry that answer for an order, against which its worth is held.
OF_ORDERS = f"e.kind IN ('{EntryKind.ORDER}', '{EntryKind.RETURN}')"
# Behind the first moment that changed, another tier may have been held, and with it another rate.
ANY_LATER = """
SELECT 1 FROM work_sale s JOIN members_earningrate r ON r.id = s.rate_id
WHERE NOT s.is_dirty AND r.by_tier <> '{}' LIMIT 1
"""
LATER = """
UPDATE work_sale s SET is_dirty = true
FROM members_earningrate r, (
    SELECT member_id, min(touched_from) AS since FROM work_sale WHERE is_dirty GROUP BY member_id
) AS d
WHERE d.member_id = s.member_id AND s.paid_at >= d.since AND NOT s.is_dirty AND r.id = s.rate_id AND r.by_tier <> '{}'
"""
MISSING = """
    SELECT s.member_id, s.order_id, s.paid_at AS at, s.store_id, s.rate_id, s.returned,
        s.{worth} - coalesce(e.total, 0) AS delta
    FROM work_sale s
    LEFT JOIN (
        SELECT e.order_id, e.at, sum(e.delta)::int AS total
        FROM work_sale s JOIN {ledger} e ON e.order_id = s.order_id
        WHERE s.is_dirty AND NOT s.is_new AND {of_orders} GROUP BY e.order_id, e.at
    ) AS e ON e.order_id = s.order_id AND e.at = s.paid_at
    WHERE s.is_dirty
"""
# A revision moved the order to another moment: what it earned at the old one is taken back there.
MOVED = """
    SELECT s.member_id, s.order_id, e.at, s.store_id, s.rate_id, s.returned, -sum(e.delta)::int AS delta
    FROM work_sale s JOIN {ledger} e ON e.order_id = s.order_id
    WHERE s.is_dirty AND NOT s.is_new AND e.at <> s.paid_at AND {of_orders}
    GROUP BY s.member_id, s.order_id, e.at, s.store_id, s.rate_id, s.returned
"""
KIND = f"CASE WHEN d.delta < 0 AND d.returned > 0 THEN '{EntryKind.RETURN}' ELSE '{EntryKind.ORDER}' END"
GROWTH = f"""
INSERT INTO members_growthentry (member_id, kind, delta, order_id, at)
SELECT d.member_id, {KIND}, d.delta, d.order_id, d.at
FROM ({{missing}} UNION ALL {{moved}}) AS d WHERE d.delta <> 0
"""
EXPIRES = """
(date_trunc('month', {at} AT TIME ZONE st.time_zone) + make_interval(months => r.months + 1)) AT TIME ZONE st.time_zone
"""
POINTS = f"""
INSERT INTO members_pointsentry (member_id, kind, delta, order_id, at, expires_at)
SELECT d.member_id, {KIND}, d.delta, d.order_id, d.at, {EXPIRES.format(at="d.at")}
FROM ({{missing}} UNION ALL {{moved}}) AS d
JOIN stores_store st ON st.id = d.store_id
JOIN members_earningrate r ON r.id = d.rate_id
WHERE d.delta <> 0
"""


def write_entries() -> None:
    """Append what the ledgers are short of for the dirty orders of work_sale and those whose tier may have changed."""
    if one(ANY_LATER):
        run(LATER)
    run(_filled(POINTS, "members_pointsentry", "points"))
    run(_filled(GROWTH, "members_growthentry", "growth"))


def _filled(sql: str, ledger: str, worth: str) -> str:
    names = {"ledger": ledger, "worth": worth, "of_orders": OF_ORDERS}
    return sql.format(missing=MISSING.format(**names), moved=MOVED.format(**names))
