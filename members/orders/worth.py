"""What each order is worth, and which tier its members hold: growth and points in whole units, after returns."""

from collections.abc import Mapping
from typing import Any

from members.orders.worktables import run

WORTH = """
UPDATE work_sale s SET growth = floor((s.net_amount - s.returned) * r.growth)::int,
    points = floor((s.net_amount - s.returned) * r.points)::int
FROM members_earningrate r WHERE r.id = s.rate_id
"""
PATH = """
INSERT INTO work_tier (member_id, tier_id, since, held_id, held_since, why)
SELECT m.id, t.id, x.since, t.id, x.since, 'growth'
FROM members_member m
LEFT JOIN (
    SELECT member_id, sum(growth) AS growth FROM work_sale WHERE paid_at >= %(growth_from)s GROUP BY member_id
) AS s ON s.member_id = m.id
LEFT JOIN (
    SELECT member_id, sum(delta) AS growth FROM members_growthentry
    WHERE member_id = ANY (%(ids)s::bigint[]) AND order_id IS NULL AND at >= %(growth_from)s GROUP BY member_id
) AS a ON a.member_id = m.id
CROSS JOIN LATERAL (
    SELECT id FROM members_tier WHERE threshold <= greatest(0, coalesce(s.growth, 0) + coalesce(a.growth, 0))
    ORDER BY threshold DESC LIMIT 1
) AS t
CROSS JOIN LATERAL (SELECT CASE WHEN t.id = m.tier_id THEN m.tier_since ELSE %(at)s END AS since) AS x
WHERE m.id = ANY (%(ids)s::bigint[])
"""


def lay(params: Mapping[str, Any]) -> None:
    """Fill in growth and points of work_sale, and work_tier. ``params`` are those of members.windows, and ``ids``."""
    run(WORTH)
    run(PATH, params)
