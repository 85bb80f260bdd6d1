"""Which order is owed to which touch. Always recomputed from what is known now, so late news corrects it.

Direct: a coupon that a guide gave was redeemed in the order. Otherwise the last touch within 7 days before it. One row
per order; an order that nothing led to has none.
"""

from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext_lazy as _

from stores.policy import define

WINDOW = define(
    "attribution.last_touch_days", 7, _("Days in which an order counts as following a touch"), minimum=1, maximum=60
)

MATCHES = """
    WITH matches AS (
        SELECT o.id AS order_id, coalesce(o.member_id, direct.member_id) AS member_id, o.paid_at AS ordered_at,
               o.net_amount - o.returned_amount AS amount,
               CASE WHEN direct.coupon_id IS NOT NULL THEN 'direct' WHEN last.touch_id IS NOT NULL THEN 'last_touch' END
                   AS kind,
               direct.coupon_id,
               CASE WHEN direct.coupon_id IS NOT NULL THEN direct.touch_id ELSE last.touch_id END AS touch_id,
               CASE WHEN direct.coupon_id IS NOT NULL THEN direct.guide_id ELSE last.guide_id END AS guide_id,
               CASE WHEN direct.coupon_id IS NOT NULL THEN direct.store_id ELSE last.store_id END AS store_id
        FROM members_order o
        LEFT JOIN LATERAL (
            SELECT c.id AS coupon_id, c.member_id, c.guide_id, t.id AS touch_id,
                   coalesce(t.store_id, f.store_id, g.store_id) AS store_id
            FROM coupons_coupon c
            JOIN stores_staff g ON g.id = c.guide_id
            LEFT JOIN coupons_offer f ON f.coupon_id = c.id
            LEFT JOIN campaigns_touch t
              ON t.member_id = c.member_id AND t.source = 'offer' AND t.source_id = f.id
            WHERE c.order_channel = o.channel AND c.order_no = o.order_no AND c.order_no <> '' AND c.state = 'used'
            ORDER BY c.discount DESC, c.id DESC
            LIMIT 1
        ) direct ON true
        LEFT JOIN LATERAL (
            SELECT t.id AS touch_id, t.guide_id, t.store_id
            FROM campaigns_touch t
            WHERE direct.coupon_id IS NULL AND t.member_id = o.member_id AND t.state = 'accepted'
              AND t.at <= o.paid_at AND t.at > o.paid_at - make_interval(days => %(days)s)
            ORDER BY t.at DESC, t.id DESC
            LIMIT 1
        ) last ON true
        WHERE o.id = ANY(%(orders)s)
    )
"""
UPSERT = f"""
    {MATCHES}
    INSERT INTO campaigns_attribution
        (order_id, member_id, kind, touch_id, coupon_id, guide_id, store_id, amount, ordered_at)
    SELECT order_id, member_id, kind, touch_id, coupon_id, guide_id, store_id, amount, ordered_at
    FROM matches WHERE kind IS NOT NULL ORDER BY order_id
    ON CONFLICT (order_id) DO UPDATE
    SET (member_id, kind, touch_id, coupon_id, guide_id, store_id, amount, ordered_at) =
        (excluded.member_id, excluded.kind, excluded.touch_id, excluded.coupon_id, excluded.guide_id,
         excluded.store_id, excluded.amount, excluded.ordered_at)
    WHERE (campaigns_attribution.kind, campaigns_attribution.touch_id, campaigns_attribution.coupon_id,
           campaigns_attribution.guide_id, campaigns_attribution.amount, campaigns_attribution.member_id,
           campaigns_attribution.ordered_at)
      IS DISTINCT FROM (excluded.kind, excluded.touch_id, excluded.coupon_id, excluded.guide_id, excluded.amount,
                        excluded.member_id, excluded.ordered_at)
"""
DELETE = f"""
    {MATCHES}
    DELETE FROM campaigns_attribution a USING matches WHERE a.order_id = matches.order_id AND matches.kind IS NULL
"""
AMOUNTS = """
    UPDATE campaigns_attribution a SET amount = o.net_amount - o.returned_amount
    FROM members_order o
    WHERE a.order_id = o.id AND a.member_id = ANY(%(members)s) AND a.amount <> o.net_amount - o.returned_amount
"""
ORDERS_OF_COUPONS = """
    SELECT o.id FROM coupons_coupon c
    JOIN members_order o ON o.channel = c.order_channel AND o.order_no = c.order_no
    WHERE c.id = ANY(%(coupons)s) AND c.order_no <> ''
    UNION
    SELECT a.order_id FROM campaigns_attribution a
    WHERE a.member_id IN (SELECT c.member_id FROM coupons_coupon c WHERE c.id = ANY(%(coupons)s))
      AND a.coupon_id = ANY(%(coupons)s)
"""
STRAYED = """
    SELECT a.order_id FROM campaigns_attribution a
    JOIN members_order o ON o.id = a.order_id
    LEFT JOIN campaigns_touch t ON t.id = a.touch_id
    WHERE a.member_id = ANY(%(members)s)
      AND (a.member_id <> coalesce(o.member_id, a.member_id)
           OR a.kind = 'last_touch' AND t.member_id IS DISTINCT FROM a.member_id)
"""


def attribute(order_ids: Sequence[int]) -> int:
    """Find out anew which touch these orders are owed to; returns how many rows were written or taken away."""
    if not order_ids:
        return 0
    parameters = {"orders": list(order_ids), "days": WINDOW.value}
    with connection.cursor() as cursor:
        cursor.execute(DELETE, parameters)
        changed = cursor.rowcount
        cursor.execute(UPSERT, parameters)
        return changed + cursor.rowcount


def attribute_coupons(coupon_ids: Sequence[int]) -> int:
    """A redemption or its reversal became known: look again at the orders these coupons belong or belonged to."""
    with connection.cursor() as cursor:
        cursor.execute(ORDERS_OF_COUPONS, {"coupons": list(coupon_ids)})
        orders = [row[0] for row in cursor.fetchall()]
    return attribute(orders)


def mend(member_ids: Sequence[int]) -> int:
    """Members were parted: look again at their orders that are owed to a touch of the other; as ``attribute``."""
    with connection.cursor() as cursor:
        cursor.execute(STRAYED, {"members": list(member_ids)})
        orders = [row[0] for row in cursor.fetchall()]
    return attribute(orders)


def correct_amounts(member_ids: Sequence[int]) -> int:
    """Goods came back: bring the amounts of these members' attributed orders up to date; returns how many changed.

    By member, since a return without a receipt lowers several orders at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(AMOUNTS, {"members": list(member_ids)})
        return cursor.rowcount
