"""How much of each order came back.

Returns with a receipt count against their order, at most what was paid for it. Returns without one are matched to the
oldest sales of the member that precede them and have not come back yet. What exceeds the sales before it is ignored:
nobody gives back more than they bought.
"""

from collections.abc import Mapping
from typing import Any

from members.orders.worktables import one, rows, run

LOOK = """
SELECT count(*), count(*) FILTER (WHERE order_no = '') FROM members_return WHERE member_id = ANY (%(ids)s::bigint[])
"""
BY_RECEIPT = """
UPDATE work_sale s SET returned = least(s.net_amount, r.amount)
FROM (
    SELECT order_id, sum(amount) AS amount FROM members_return
    WHERE member_id = ANY (%(ids)s::bigint[]) AND order_id IS NOT NULL GROUP BY order_id
) AS r
WHERE r.order_id = s.order_id
"""
# A queue: sales add to it, returns take from its front and can take no more than is in it. Taken in all at the end is
# R - max(0, max over the past of (R - S)), S and R being the running sums of sales and returns. As returns always take
# the oldest, what they took is the beginning of the row of sales, and each sale's share is its overlap with that.
OLDEST_FIRST = """
WITH loose AS (
    SELECT member_id, returned_at AS at, amount FROM members_return
    WHERE member_id = ANY (%(ids)s::bigint[]) AND order_no = ''
), events AS (
    SELECT s.member_id, s.paid_at AS at, 0 AS turn, s.net_amount - s.returned AS sold, 0::numeric AS back
    FROM work_sale s WHERE s.member_id IN (SELECT member_id FROM loose)
    UNION ALL
    SELECT member_id, at, 1, 0, amount FROM loose
), running AS (
    SELECT member_id, back, sum(back - sold) OVER (PARTITION BY member_id ORDER BY at, turn) AS ahead FROM events
), taken AS (
    SELECT member_id, sum(back) - greatest(0, max(ahead)) AS amount FROM running GROUP BY member_id
), queue AS (
    SELECT s.order_id, s.member_id, s.net_amount - s.returned AS room,
        sum(s.net_amount - s.returned) OVER (PARTITION BY s.member_id ORDER BY s.paid_at, s.channel, s.order_no) AS upto
    FROM work_sale s
)
UPDATE work_sale s SET returned = s.returned + greatest(0, least(q.room, t.amount - (q.upto - q.room)))
FROM queue q JOIN taken t USING (member_id)
WHERE q.order_id = s.order_id AND t.amount > q.upto - q.room
"""
WRITE = """
UPDATE members_order o SET returned_amount = s.returned
FROM work_sale s WHERE o.id = s.order_id AND s.returned <> s.returned_before
"""


def apply(params: Mapping[str, Any]) -> None:
    """Work out what came back of each order in work_sale and write it on the orders.

    Members without any return, nearly all, cost one look.
    """
    returns, loose = rows(LOOK, params)[0]
    if returns:
        run(BY_RECEIPT, params)
    if loose:
        run(OLDEST_FIRST, params)
    if one("SELECT 1 FROM work_sale WHERE returned <> returned_before LIMIT 1"):
        run(
            "UPDATE work_sale SET is_dirty = true, touched_from = coalesce(touched_from, paid_at) "
            "WHERE returned <> returned_before"
        )
        run(WRITE)
