"""What must always hold of members: caches against ledgers, ledgers against orders, facts against orders.

Written apart from the code that computes these things, so that the two can disagree. Members whose windows moved last
midnight are looked at by the nightly job first; ``refresh_not_overdue`` sees to it that it does.
"""

from members import lifecycle
from members.dangling import DANGLING
from members.ledgers.ledgerinvariants import LEDGERS, NOT_DUE

FACTS = """
SELECT m.id, (f.orders, f.spend, f.first_order_at, f.last_order_at, f.average_basket),
    (s.orders, s.spend, s.first_at, s.last_at, s.basket)
FROM members_member m
LEFT JOIN members_memberfacts f ON f.member_id = m.id
LEFT JOIN (
    SELECT member_id, count(*) AS orders, sum(net_amount - returned_amount) AS spend, min(paid_at) AS first_at,
        max(paid_at) AS last_at, round(sum(net_amount - returned_amount) / count(*), 2) AS basket
    FROM members_order WHERE member_id IS NOT NULL GROUP BY member_id
) AS s ON s.member_id = m.id
WHERE (coalesce(f.orders, 0), coalesce(f.spend, 0), f.first_order_at, f.last_order_at, f.average_basket)
    IS DISTINCT FROM (coalesce(s.orders, 0), coalesce(s.spend, 0), s.first_at, s.last_at, s.basket)
"""
FACTS_IN_WINDOW = f"""
SELECT m.id, (f.orders_365d, f.spend_365d), (coalesce(s.orders, 0), coalesce(s.spend, 0))
FROM members_memberfacts f
JOIN members_member m ON m.id = f.member_id
LEFT JOIN (
    SELECT member_id, count(*) AS orders, sum(net_amount - returned_amount) AS spend
    FROM members_order WHERE member_id IS NOT NULL AND paid_at >= %(facts_from)s GROUP BY member_id
) AS s ON s.member_id = m.id
WHERE (f.orders_365d, f.spend_365d) <> (coalesce(s.orders, 0), coalesce(s.spend, 0)) AND {NOT_DUE}
"""
STAGE = f"""
SELECT m.id, m.stage, s.stage
FROM members_member m
LEFT JOIN members_memberfacts f ON f.member_id = m.id
CROSS JOIN LATERAL (SELECT {lifecycle.STAGE} AS stage) AS s
WHERE m.state = 'active' AND m.stage <> s.stage AND {NOT_DUE}
"""
# A queue of what was sold and not brought back with a receipt, from which returns without one take the oldest first:
# all in all they take what came back less the most by which they were ever ahead of the sales.
BY_RECEIPT = """least(o.net_amount, coalesce(
    (SELECT sum(r.amount) FROM members_return r WHERE r.order_id = o.id), 0))"""
LOOSE_TAKEN = f"""
SELECT b.member_id, t.taken, b.back - greatest(0, b.ahead)
FROM (
    SELECT l.member_id, sum(l.amount) AS back, max(
        (SELECT sum(e.amount) FROM members_return e
            WHERE e.member_id = l.member_id AND e.order_no = '' AND e.returned_at <= l.returned_at)
        - coalesce((SELECT sum(o.net_amount - {BY_RECEIPT}) FROM members_order o
            WHERE o.member_id = l.member_id AND o.paid_at <= l.returned_at), 0)
    ) AS ahead
    FROM members_return l WHERE l.order_no = '' AND l.member_id IS NOT NULL GROUP BY l.member_id
) AS b
CROSS JOIN LATERAL (
    SELECT coalesce(sum(o.returned_amount - {BY_RECEIPT}), 0) AS taken
    FROM members_order o WHERE o.member_id = b.member_id
) AS t
WHERE t.taken <> b.back - greatest(0, b.ahead)
"""
LATER_WHILE_ROOM = f"""
SELECT o.id, o.returned_amount, o.net_amount
FROM members_order o
JOIN members_order n ON n.member_id = o.member_id AND n.paid_at > o.paid_at
WHERE o.returned_amount < o.net_amount AND o.member_id IN (SELECT member_id FROM members_return WHERE order_no = '')
    AND n.returned_amount > {BY_RECEIPT.replace("o.", "n.")}
"""
RECEIPTS = """
SELECT o.id, o.returned_amount, least(o.net_amount, coalesce(r.amount, 0))
FROM members_order o
LEFT JOIN (
    SELECT order_id, sum(amount) AS amount FROM members_return WHERE order_id IS NOT NULL GROUP BY order_id
) AS r ON r.order_id = o.id
WHERE CASE WHEN EXISTS (SELECT FROM members_return l WHERE l.member_id = o.member_id AND l.order_no = '')
    THEN o.returned_amount < least(o.net_amount, coalesce(r.amount, 0))
    ELSE o.returned_amount <> least(o.net_amount, coalesce(r.amount, 0)) END
"""
# Whom a row named may since have been merged into the member who has it.
NAMED = """
WITH RECURSIVE became AS (
    SELECT id, merged_into_id AS living FROM members_member WHERE merged_into_id IS NOT NULL
    UNION
    SELECT b.id, m.merged_into_id FROM became b JOIN members_member m ON m.id = b.living
    WHERE m.merged_into_id IS NOT NULL
)
SELECT o.id, o.named, o.member_id FROM {table} o
WHERE o.named IS DISTINCT FROM o.member_id
    AND NOT EXISTS (SELECT FROM became b WHERE b.id = o.named AND b.living = o.member_id)
"""

INVARIANTS: list[tuple[str, str, str]] = [
    *LEDGERS,
    *DANGLING,
    ("returned_by_receipt", RECEIPTS, "What came back of an order is what its returns say, at most what was paid."),
    ("returned_without_receipt", LOOSE_TAKEN, "Returns without a receipt count against the sales before them."),
    ("oldest_sale_first", LATER_WHILE_ROOM, "Returns without a receipt count against the oldest sales first."),
    (
        "return_is_linked",
        """
        SELECT r.id, r.order_id, o.id FROM members_return r
        JOIN members_order o ON o.channel = r.channel AND o.order_no = r.order_no AND r.order_no <> ''
        WHERE r.order_id IS DISTINCT FROM o.id OR r.member_id IS DISTINCT FROM coalesce(o.member_id, r.member_id)
        """,
        "A return knows its order and the member who bought.",
    ),
    ("order_goes_to_whom_it_named", NAMED.format(table="members_order"), "An order is with whom it named, or became."),
    (
        "return_goes_to_whom_it_named",
        NAMED.format(table="members_return"),
        "A return is with whom it named, or became.",
    ),
    (
        "order_is_sum_of_lines",
        """
        SELECT o.id, o.net_amount, coalesce(l.total, 0)
        FROM members_order o
        LEFT JOIN (SELECT order_id, sum(amount) AS total FROM members_orderline GROUP BY order_id) AS l
            ON l.order_id = o.id
        WHERE o.net_amount <> coalesce(l.total, 0)
        """,
        "What was paid for an order is the sum of its lines.",
    ),
    (
        "lines_know_when_they_were_paid",
        """
        SELECT o.id, o.paid_at, l.paid_at FROM members_orderline l JOIN members_order o ON o.id = l.order_id
        WHERE l.paid_at <> o.paid_at
        """,
        "The lines of an order were paid when it was.",
    ),
    ("facts_agree_with_orders", FACTS, "Facts are what the orders say."),
    ("facts_in_window_agree", FACTS_IN_WINDOW, "Facts of the last 365 days are what the orders of those days say."),
    (
        "tier_not_below_growth",
        """
        SELECT m.id, h.threshold, t.threshold
        FROM members_member m
        JOIN members_tier h ON h.id = m.tier_id
        JOIN LATERAL (
            SELECT max(threshold) AS threshold FROM members_tier WHERE threshold <= m.growth
        ) AS t ON t.threshold > h.threshold
        WHERE m.state = 'active'
        """,
        "Nobody holds a lower tier than their growth value earns.",
    ),
    ("stage_follows_from_facts", STAGE, "The lifecycle stage follows from the facts."),
    (
        "guide_mirrors_assignment",
        """
        SELECT m.id, m.guide_id, a.guide_id
        FROM members_member m LEFT JOIN members_assignment a ON a.member_id = m.id AND a.ended_at IS NULL
        WHERE m.guide_id IS DISTINCT FROM a.guide_id
        """,
        "The guide on the member row is that of the open assignment.",
    ),
    (
        "refresh_not_overdue",
        """
        SELECT f.member_id, f.next_change_on, %(today)s
        FROM members_memberfacts f WHERE f.next_change_on < %(today)s - 1
        """,
        "Facts whose windows moved are refreshed within a day.",
    ),
]
