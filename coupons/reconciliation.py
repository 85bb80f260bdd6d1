"""Orders name the coupons that a till took while it was offline: they are marked as used, by sets of orders.

The goods are gone, so only what must not happen is tested: the coupon is free (or held by this very receipt), was
valid when the order was paid, belongs to the member of the order, and the template's budget suffices. What fails a test
stays as it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from coupons import budgets, kinds
from coupons.codes import NORMALISE_SQL
from coupons.moves import RETURN, Use, redeem_many
from members.oneid.lineage import LIVING_SQL
from members.timeline import record_rows

ACTOR = "order"
# Which part of the bill qualifies: all of it, or the list price of the lines with the coupon's products; and the
# dearest piece among them. An order does not say what its delivery cost.
FOR_ALL = "cardinality(terms.skus) = 0 AND cardinality(terms.category_ids) = 0"
QUALIFYING = f"""
    SELECT CASE WHEN {FOR_ALL} THEN o.list_amount ELSE coalesce(sum(q.amount), 0) END AS amount,
           trunc(max(q.price) FILTER (WHERE q.quantity = trunc(q.quantity)), 2) AS piece, NULL::numeric AS delivery
      FROM (SELECT l.quantity, l.unit_price AS price, l.quantity * l.unit_price AS amount
              FROM members_orderline l JOIN members_product p ON p.id = l.product_id
             WHERE l.order_id = o.id
               AND ({FOR_ALL} OR p.sku = ANY(terms.skus) OR p.category_id = ANY(terms.category_ids))) AS q
"""
# All its goods came back, so the coupon is good again: hearing of the order once more does not use it once more.
CAME_BACK = f"""EXISTS (
           SELECT FROM coupons_couponevent e WHERE e.coupon_id = coupon.id AND e.move = 'reversed'
              AND e.actor = '{RETURN}' AND (e.order_channel, e.order_no) = (o.channel, o.order_no))"""
NAMED = f"""
    SELECT coupon.id, coupon.template_id, o.channel, o.order_no, o.store_id, o.paid_at,
           round({kinds.DISCOUNT_SQL}, 2) AS off,
           {kinds.cost_sql(kinds.DISCOUNT_SQL)} AS cost,
           CASE WHEN coupon.state = 'locked' THEN {budgets.COST_SQL} ELSE 0 END AS held
      FROM members_ordercoupon named
      JOIN members_order o ON o.id = named.order_id
      JOIN coupons_coupon coupon ON coupon.code = {NORMALISE_SQL.format(code="named.code")}
      JOIN coupons_couponterms terms ON terms.id = coupon.terms_id
      CROSS JOIN LATERAL ({QUALIFYING}) AS bill
     WHERE o.id = ANY(%(orders)s)
       AND (o.member_id IS NULL OR o.member_id = coupon.member_id
            OR o.member_id = {LIVING_SQL.format(start="coupon.member_id")})
       AND o.paid_at >= coupon.valid_from - interval '5 minutes' AND o.paid_at < coupon.valid_until
       AND NOT {CAME_BACK}
       AND (coupon.state IN ('issued', 'expired') OR coupon.state = 'locked' AND (coupon.lock_until <= %(now)s
            OR (coupon.order_channel, coupon.order_no) = (o.channel, o.order_no)))
     ORDER BY coupon.id, o.paid_at, o.id
       FOR NO KEY UPDATE OF coupon
"""
BUDGETS = """
    SELECT id, budget - budget_used FROM coupons_coupontemplate
     WHERE id = ANY(%s) AND budget IS NOT NULL ORDER BY id FOR NO KEY UPDATE
"""
FACTS = """
    SELECT c.member_id, c.id AS subject, c.used_at AS at, jsonb_build_object('template', c.template_id, 'channel',
           c.order_channel, 'order', c.order_no, 'amount', c.discount::text) AS data
      FROM coupons_coupon c WHERE c.id = ANY(%s)
"""


@dataclass(frozen=True)
class _Named:
    """A coupon that an order names and that may be marked."""

    coupon_id: int
    template_id: int
    channel: str
    order_no: str
    store_id: int
    paid_at: datetime
    off: Decimal
    cost: Decimal
    held: Decimal

    @property
    def use(self) -> Use:
        """The move that marks it."""
        return Use(self.coupon_id, self.channel, self.order_no, self.store_id, self.paid_at, self.off)


def reconcile(order_ids: Iterable[int]) -> int:
    """Mark the coupons that these orders name as used and record coupon.redeemed; returns how many. Twice is once."""
    with transaction.atomic():
        named = _named(list(order_ids))
        kept = _within_budgets(named)
        if not kept:
            return 0
        used = redeem_many([one.use for one in kept], actor=ACTOR)
        record_rows("coupon.redeemed", FACTS, [used])
        more: dict[int, Decimal] = {}
        for one in kept:
            more[one.template_id] = more.get(one.template_id, Decimal(0)) + one.cost - one.held
        for template in sorted(more):
            budgets.take(template, more[template])
    return len(used)


def _named(orders: list[int]) -> list[_Named]:
    """The coupons to mark, their rows locked; one that two orders name goes to the earlier."""
    with connection.cursor() as cursor:
        cursor.execute(NAMED, {"orders": orders, "now": timezone.now()})
        rows = [_Named(*row) for row in cursor.fetchall()]
    return list({one.coupon_id: one for one in reversed(rows)}.values())[::-1]


def _within_budgets(named: Sequence[_Named]) -> list[_Named]:
    """Those that their templates' budgets suffice for, in the order in which they were paid for."""
    with connection.cursor() as cursor:
        cursor.execute(BUDGETS, [sorted({one.template_id for one in named})])
        left = dict(cursor.fetchall())
    kept = []
    for one in sorted(named, key=lambda one: one.paid_at):
        more = one.cost - one.held
        if one.template_id in left:
            if more > left[one.template_id]:
                continue
            left[one.template_id] -= more
        kept.append(one)
    return kept
