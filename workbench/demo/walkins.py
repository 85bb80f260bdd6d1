"""Orders of people who are no members: about a sixth of what stores sell, on the days and in the stores of others."""

from members.orders.worktables import run
from workbench.demo.dice import Dice

# the id of an order does not depend on chance: the same seed makes the same orders
ORDERS = """
INSERT INTO members_order (channel, order_no, revision, fingerprint, store_id, paid_at, list_amount, net_amount,
    rate_id)
SELECT 'pos', 'W' || substr(o.order_no, 2), 0, decode(md5('W' || o.order_no), 'hex'), o.store_id,
    least(o.paid_at + interval '37 minutes', now() - interval '3 minutes'), o.net_amount, o.net_amount, o.rate_id
FROM members_order o
WHERE o.member_id IS NOT NULL AND o.order_no LIKE 'P%%' AND {roll} < 0.22
"""
LINES = """
INSERT INTO members_orderline (order_id, line_no, product_id, paid_at, quantity, unit_price, amount)
SELECT w.id, l.line_no, l.product_id, w.paid_at, l.quantity, l.unit_price, l.amount
FROM members_order w JOIN members_order o ON o.channel IN ('pos', 'mini') AND o.order_no = 'P' || substr(w.order_no, 2)
JOIN members_orderline l ON l.order_id = o.id AND l.line_no = 1
WHERE w.member_id IS NULL AND w.order_no LIKE 'W%%'
"""


def build_walkins(dice: Dice) -> None:
    """Sales without a member, each like one that a member made in the same store half an hour before."""
    run(ORDERS.format(roll=dice.roll("o.id", 71)), {})
    run(LINES, {})
