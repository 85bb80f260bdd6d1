"""What must always hold of the growth and points ledgers: against the member rows, the orders and the lots."""

NOT_DUE = "NOT EXISTS (SELECT FROM members_memberfacts d WHERE d.member_id = m.id AND d.next_change_on <= %(today)s)"
# An order may earn by the rate of the tier that was held when it was paid.
LEDGER_OF_ORDER = """
SELECT o.id, coalesce(e.total, 0), w.worth
FROM members_order o
JOIN members_earningrate r ON r.id = o.rate_id
CROSS JOIN LATERAL (SELECT floor((o.net_amount - o.returned_amount) * r.{factor})::bigint AS worth) AS w
LEFT JOIN (
    SELECT order_id, sum(delta) AS total FROM {ledger} WHERE kind IN ('order', 'return') GROUP BY order_id
) AS e ON e.order_id = o.id
WHERE o.member_id IS NOT NULL AND coalesce(e.total, 0) <> w.worth AND NOT EXISTS (
    SELECT FROM jsonb_each(r.by_tier) AS t
    WHERE floor((o.net_amount - o.returned_amount) * (t.value ->> {place})::numeric)::bigint = coalesce(e.total, 0)
)
"""
BELONGS = """
SELECT e.id, e.member_id, o.member_id FROM {ledger} e JOIN members_order o ON o.id = e.order_id
WHERE e.member_id IS DISTINCT FROM o.member_id
"""
AT_PAYMENT = """
SELECT e.order_id, sum(e.delta), 0 FROM {ledger} e JOIN members_order o ON o.id = e.order_id
WHERE e.at <> o.paid_at AND e.kind IN ('order', 'return') GROUP BY e.order_id, e.at HAVING sum(e.delta) <> 0
"""
# Who never spent loses whole lots at the end of the month; for the others the replay says what was left of each.
EXPIRED = f"""
WITH spender AS (
    SELECT DISTINCT member_id FROM members_pointsentry WHERE kind = 'spent' OR kind = 'adjustment' AND delta < 0
), lot AS (
    SELECT e.member_id, e.order_id, NULL::bigint AS entry_id, sum(e.delta) AS expired
    FROM members_pointsentry e
    JOIN members_order o ON o.id = e.order_id
    JOIN members_earningrate r ON r.id = o.rate_id
    JOIN stores_store s ON s.id = o.store_id
    WHERE e.kind IN ('order', 'return') AND e.member_id NOT IN (SELECT member_id FROM spender)
        AND to_char(%(at)s AT TIME ZONE s.time_zone, 'YYYY-MM')
            > to_char((o.paid_at AT TIME ZONE s.time_zone) + make_interval(months => r.months), 'YYYY-MM')
    GROUP BY e.member_id, e.order_id
    UNION ALL
    SELECT member_id, NULL, id, delta FROM members_pointsentry
    WHERE kind = 'adjustment' AND delta > 0 AND expires_at <= %(at)s
        AND member_id NOT IN (SELECT member_id FROM spender)
    UNION ALL
    SELECT l.member_id, l.order_id, l.entry_id, l.expired
    FROM (SELECT array_agg(member_id) AS ids FROM spender GROUP BY member_id / 5000) AS chunk
    CROSS JOIN LATERAL members_points_lots(chunk.ids, %(at)s) AS l
), noted AS (
    SELECT member_id, order_id, lot_id AS entry_id, -sum(delta) AS expired FROM members_pointsentry
    WHERE kind = 'expiry' GROUP BY member_id, order_id, lot_id
)
SELECT m.id, d.noted, d.expired
FROM (
    SELECT member_id, order_id, entry_id, sum(expired) AS expired, sum(noted) AS noted
    FROM (
        SELECT member_id, order_id, entry_id, expired, 0 AS noted FROM lot
        UNION ALL
        SELECT member_id, order_id, entry_id, 0, expired FROM noted
    ) AS both_sides GROUP BY member_id, order_id, entry_id HAVING sum(expired) <> sum(noted)
) AS d JOIN members_member m ON m.id = d.member_id
WHERE {NOT_DUE}
"""
GIVEN_BACK = """
SELECT g.id, g.back, -coalesce(s.delta, 0)
FROM (
    SELECT min(id) AS id, member_id, lot_id, sum(delta) AS back FROM members_pointsentry
    WHERE kind = 'given_back' GROUP BY member_id, lot_id
) AS g
LEFT JOIN members_pointsentry s ON s.id = g.lot_id AND s.kind = 'spent' AND s.member_id = g.member_id
WHERE g.back > -coalesce(s.delta, 0)
"""

LEDGERS: list[tuple[str, str, str]] = [
    (
        "growth_is_sum_of_ledger",
        f"""
        SELECT m.id, m.growth, greatest(0, coalesce(e.total, 0))
        FROM members_member m LEFT JOIN (
            SELECT member_id, sum(delta) AS total FROM members_growthentry
            WHERE at >= %(growth_from)s GROUP BY member_id
        ) AS e ON e.member_id = m.id
        WHERE m.growth <> greatest(0, coalesce(e.total, 0)) AND {NOT_DUE}
        """,
        "A member's growth value is the sum of the growth ledger within the window.",
    ),
    (
        "points_are_sum_of_ledger",
        """
        SELECT m.id, m.points - m.points_owed, coalesce(e.total, 0)
        FROM members_member m LEFT JOIN (
            SELECT member_id, sum(delta) AS total FROM members_pointsentry GROUP BY member_id
        ) AS e ON e.member_id = m.id
        WHERE m.points - m.points_owed <> coalesce(e.total, 0)
        """,
        "A member's points, less what they owe, are the sum of the points ledger.",
    ),
    (
        "order_earned_its_growth",
        LEDGER_OF_ORDER.format(ledger="members_growthentry", factor="growth", place=0),
        "What an order earned in growth is what it is worth after returns.",
    ),
    (
        "order_earned_its_points",
        LEDGER_OF_ORDER.format(ledger="members_pointsentry", factor="points", place=1),
        "What an order earned in points is what it is worth after returns.",
    ),
    (
        "growth_belongs_to_buyer",
        BELONGS.format(ledger="members_growthentry"),
        "The growth of an order is with the member who bought.",
    ),
    (
        "points_belong_to_buyer",
        BELONGS.format(ledger="members_pointsentry"),
        "The points of an order are with the member who bought.",
    ),
    (
        "growth_counts_from_payment",
        AT_PAYMENT.format(ledger="members_growthentry"),
        "The growth of an order counts from the moment it was paid.",
    ),
    ("points_expire_by_lot", EXPIRED, "Of each lot of points, what was left at its end has expired, and nothing else."),
    ("given_back_was_spent", GIVEN_BACK, "No more points are given back than were spent."),
]
