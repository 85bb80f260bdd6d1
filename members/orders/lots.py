"""The lots of points in a settlement: what of each has expired by now, written as entries of the ledger.

The ledger's expiry entries of each lot are brought to what the lots come to: whatever arrives late, an order, a return
or a revision, only the difference is appended, at the moment the lot expired. Members who never spent anything need
no replay: their lots expire whole. For the others members_points_lots (0007_points_lots) goes through their events.
"""

from collections.abc import Mapping
from typing import Any

from members.models.ledger import BESIDE_ORDERS
from members.orders.worktables import rows, run

BESIDE = """
INSERT INTO work_beside (member_id, entry_id, kind, delta, order_id, lot_id, at, expires_at)
SELECT member_id, id, kind, delta, order_id, lot_id, at, expires_at FROM members_pointsentry
WHERE member_id = ANY (%(ids)s::bigint[]) AND kind IN ({kinds})
""".format(kinds=", ".join(f"'{kind}'" for kind in BESIDE_ORDERS))
LOOK = """
SELECT coalesce(array_agg(DISTINCT member_id) FILTER (WHERE kind = 'spent' OR kind = 'adjustment' AND delta < 0), '{}'),
    coalesce(bool_or(kind = 'expiry'), false)
FROM work_beside
"""
WHOLE = """
INSERT INTO work_lot (member_id, order_id, entry_id, expires_at, kept, expired)
SELECT l.member_id, l.order_id, l.entry_id, l.expires_at,
    CASE WHEN l.expires_at <= %(at)s THEN 0 ELSE l.earned END, CASE WHEN l.expires_at <= %(at)s THEN l.earned ELSE 0 END
FROM (
    SELECT s.member_id, s.order_id, NULL::bigint AS entry_id, s.points AS earned,
        (date_trunc('month', s.paid_at AT TIME ZONE st.time_zone) + make_interval(months => r.months + 1))
            AT TIME ZONE st.time_zone AS expires_at
    FROM work_sale s
    JOIN members_earningrate r ON r.id = s.rate_id
    JOIN stores_store st ON st.id = s.store_id
    WHERE s.points > 0
    UNION ALL
    SELECT b.member_id, NULL, b.entry_id, b.delta, b.expires_at FROM work_beside b
    WHERE b.kind = 'adjustment' AND b.delta > 0
) AS l
WHERE l.member_id <> ALL (%(spenders)s::bigint[])
"""
REPLAYED = """
INSERT INTO work_lot (member_id, order_id, entry_id, expires_at, kept, expired)
SELECT member_id, order_id, entry_id, expires_at, earned - taken - expired, expired
FROM members_points_lots(%(spenders)s::bigint[], %(at)s)
"""
ANY_EXPIRED = "SELECT EXISTS (SELECT FROM work_lot WHERE expired > 0)"
EXPIRE = """
WITH short AS (
    SELECT member_id, order_id, lot_id, at, sum(delta)::int AS delta FROM (
        SELECT member_id, order_id, entry_id AS lot_id, expires_at AS at, -expired AS delta
        FROM work_lot WHERE expired > 0
        UNION ALL
        SELECT member_id, order_id, lot_id, at, -delta FROM work_beside WHERE kind = 'expiry'
    ) AS d GROUP BY member_id, order_id, lot_id, at HAVING sum(delta) <> 0
), written AS (
    INSERT INTO members_pointsentry (member_id, kind, delta, order_id, lot_id, at)
    SELECT member_id, 'expiry', delta, order_id, lot_id, at FROM short ORDER BY member_id, at, order_id, lot_id
    RETURNING member_id, id, kind, delta, order_id, lot_id, at
)
INSERT INTO work_beside (member_id, entry_id, kind, delta, order_id, lot_id, at)
SELECT member_id, id, kind, delta, order_id, lot_id, at FROM written
"""


def expire(params: Mapping[str, Any]) -> None:
    """Fill work_lot and work_beside for the members ``ids`` and append what the ledger lacks of expiry as of ``at``."""
    run(BESIDE, params)
    spenders, any_noted = rows(LOOK)[0]
    numbers = {**params, "spenders": spenders}
    run(WHOLE, numbers)
    if spenders:
        run(REPLAYED, numbers)
    if any_noted or rows(ANY_EXPIRED)[0][0]:
        run(EXPIRE)
