"""Which order is owed to which touch. Always recomputed from what is known now, so late news corrects it.

Direct: a coupon that a guide, a campaign or a journey gave was redeemed in the order. Otherwise the last touch within 7
days before it, by whomever. One row per order; an order that nothing led to has none.
"""

from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext_lazy as _

from stores.policy import define

WINDOW = define(
    "attribution.last_touch_days", 7, _("Days in which an order counts as following a touch"), minimum=1, maximum=60
)

# What an order may be owed to by its coupon: whoever gave it, a guide, a campaign or a step of a journey.
MATCHES = """
    WITH matches AS (
        SELECT o.id AS order_id, coalesce(o.member_id, direct.member_id) AS member_id, o.paid_at AS ordered_at,
               o.net_amount - o.returned_amount AS amount,
               CASE WHEN direct.coupon_id IS NOT NULL THEN 'direct' WHEN last.touch_id IS NOT NULL THEN 'last_touch' END
                   AS kind,
               direct.coupon_id,
               coalesce(direct.source, last.source, '') AS source,
               CASE WHEN direct.coupon_id IS NOT NULL THEN direct.campaign_id ELSE last.campaign_id END AS campaign_id,
               CASE WHEN direct.coupon_id IS NOT NULL THEN direct.journey_id ELSE last.journey_id END AS journey_id,
               coalesce(direct.step, last.step, '') AS step,
               CASE WHEN direct.coupon_id IS NOT NULL THEN direct.touch_id ELSE last.touch_id END AS touch_id,
               CASE WHEN direct.coupon_id IS NOT NULL THEN direct.guide_id ELSE last.guide_id END AS guide_id,
               CASE WHEN direct.coupon_id IS NOT NULL THEN direct.store_id ELSE last.store_id END AS store_id
        FROM members_order o
        LEFT JOIN LATERAL (
            SELECT c.id AS coupon_id, c.member_id, c.guide_id, t.id AS touch_id, d.id AS campaign_id,
                   j.id AS journey_id, coalesce(v.step, '') AS step,
                   CASE WHEN c.guide_id IS NOT NULL THEN 'offer' ELSE c.origin END AS source,
                   coalesce(t.store_id, f.store_id, g.store_id) AS store_id
            FROM coupons_coupon c
            LEFT JOIN stores_staff g ON g.id = c.guide_id
            LEFT JOIN coupons_offer f ON f.coupon_id = c.id
            LEFT JOIN campaigns_memberday d ON c.guide_id IS NULL AND c.origin = 'campaign' AND d.id = c.origin_id
            LEFT JOIN campaigns_journey j ON c.guide_id IS NULL AND c.origin = 'journey' AND j.id = c.origin_id
            LEFT JOIN LATERAL (
                SELECT visit.step FROM campaigns_trip trip JOIN campaigns_visit visit ON visit.trip_id = trip.id
                WHERE trip.member_id = c.member_id AND trip.journey_id = j.id AND visit.subject = c.id
                  AND visit.outcome = 'issued'
                ORDER BY visit.id LIMIT 1
            ) v ON true
            LEFT JOIN LATERAL (
                SELECT t.id, t.store_id FROM campaigns_touch t
                WHERE t.member_id = c.member_id
                  AND (t.source = 'offer' AND t.source_id = f.id OR f.id IS NULL AND t.coupon_id = c.id)
                ORDER BY t.state = 'accepted' DESC, t.id LIMIT 1
            ) t ON true
            WHERE c.order_channel = o.channel AND c.order_no = o.order_no AND c.order_no <> '' AND c.state = 'used'
              AND (c.guide_id IS NOT NULL OR d.id IS NOT NULL OR j.id IS NOT NULL)
            ORDER BY c.discount DESC, c.id DESC
            LIMIT 1
        ) direct ON true
        LEFT JOIN LATERAL (
            SELECT t.id AS touch_id, t.guide_id, t.store_id, t.source, n.member_day_id AS campaign_id, w.journey_id,
                   CASE WHEN t.source IN ('campaign', 'journey') THEN t.step ELSE '' END AS step
            FROM campaigns_touch t
            LEFT JOIN campaigns_memberdayoccurrence n ON t.source = 'campaign' AND n.id = t.source_id
            LEFT JOIN campaigns_trip w ON t.source = 'journey' AND w.id = t.source_id
            WHERE direct.coupon_id IS NULL AND t.member_id = o.member_id AND t.state = 'accepted'
              AND t.at <= o.paid_at AND t.at > o.paid_at - make_interval(days => %(days)s)
            ORDER BY t.at DESC, t.id DESC
            LIMIT 1
        ) last ON true
        WHERE o.id = ANY(%(orders)s)
    )
"""
COLUMNS = (
    "member_id", "kind", "touch_id", "coupon_id", "source", "campaign_id", "journey_id", "step", "guide_id", "store_id",
    "amount", "ordered_at",
)  # fmt: skip
UPSERT = f"""
    {MATCHES}
    INSERT INTO campaigns_attribution (order_id, {", ".join(COLUMNS)})
    SELECT order_id, {", ".join(COLUMNS)} FROM matches WHERE kind IS NOT NULL ORDER BY order_id
    ON CONFLICT (order_id) DO UPDATE
    SET ({", ".join(COLUMNS)}) = ({", ".join(f"excluded.{one}" for one in COLUMNS)})
    WHERE ({", ".join(f"campaigns_attribution.{one}" for one in COLUMNS)})
      IS DISTINCT FROM ({", ".join(f"excluded.{one}" for one in COLUMNS)})
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
