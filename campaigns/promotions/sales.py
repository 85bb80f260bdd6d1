"""Which orders got which promotions, told from their lines, by sets of orders. Made anew whenever an order changes.

A till does not say which promotions it applied, so an order counts for a promotion when it was paid where and when that
held and its lines came out as the promotion would have made them: pieces at the flash price, gifts that cost nothing,
at least as much off as a step takes. Stock and limits of flash prices and gifts count on it.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from campaigns.models import PromotionKind, PromotionSale
from campaigns.promotions.kinds import REGISTRY
from stores.places import zone_of

# The promotions that held for each order: window on the store's clock, place, channel, tier held when it was paid,
# member day. Twin of campaigns.promotions.live.
HELD = """
    SELECT o.id AS order_id, p.id AS promotion_id, buyer.tier_id,
           o.net_amount, o.returned_amount
      FROM members_order o
      JOIN stores_store place ON place.id = o.store_id
      LEFT JOIN LATERAL (
          SELECT coalesce((SELECT c.before_id FROM members_tierchange c WHERE c.member_id = m.id AND c.at >= o.paid_at
                            ORDER BY c.at, c.id LIMIT 1), m.tier_id) AS tier_id
            FROM members_member m WHERE m.id = o.member_id
      ) AS buyer ON true
      CROSS JOIN LATERAL (SELECT o.paid_at AT TIME ZONE place.time_zone AS clock) AS local
      JOIN campaigns_promotion p ON p.state <> 'draft' AND p.published_at <= o.paid_at
       AND (p.ended_at IS NULL OR o.paid_at < p.ended_at)
       AND p.starts_at AT TIME ZONE %(zone)s <= local.clock
       AND (p.ends_at IS NULL OR local.clock < p.ends_at AT TIME ZONE %(zone)s)
       AND (p.weekdays = '{}' OR extract(isodow FROM local.clock) = ANY (p.weekdays))
       AND (p.hour_from IS NULL OR local.clock::time >= p.hour_from)
       AND (p.hour_until IS NULL OR local.clock::time < p.hour_until)
       AND (p.store_ids = '{}' OR o.store_id = ANY (p.store_ids)) AND o.store_id <> ALL (p.excluded_store_ids)
       AND (p.channels = '{}' OR o.channel = ANY (p.channels))
       AND (p.tier_ids = '{}' OR buyer.tier_id = ANY (p.tier_ids))
       AND (NOT p.members_only AND p.member_limit IS NULL OR o.member_id IS NOT NULL)
      LEFT JOIN campaigns_memberday d ON d.id = p.member_day_id
     WHERE o.id = ANY (%(orders)s) AND (d.id IS NULL
        OR EXISTS (SELECT FROM campaigns_memberdayoccurrence x
                    WHERE x.member_day_id = d.id AND x.withdrawn_at IS NULL
                      AND local.clock::date <= x.until AND local.clock::date >= x.on - coalesce((
                          SELECT e.days FROM campaigns_earlyaccess e
                           WHERE e.member_day_id = d.id AND e.tier_id = buyer.tier_id), 0))
       AND NOT EXISTS (SELECT FROM campaigns_memberday_opted_out x WHERE x.memberday_id = d.id
                          AND x.store_id = o.store_id)
       AND (NOT EXISTS (SELECT FROM campaigns_memberday_stores x WHERE x.memberday_id = d.id)
         OR EXISTS (SELECT FROM campaigns_memberday_stores x WHERE x.memberday_id = d.id AND x.store_id = o.store_id))
       AND (NOT EXISTS (SELECT FROM campaigns_memberday_tiers x WHERE x.memberday_id = d.id)
         OR EXISTS (SELECT FROM campaigns_memberday_tiers x WHERE x.memberday_id = d.id
                       AND x.tier_id = buyer.tier_id)))
"""
# Goods by weight count as one piece; what came back is known where the return names the product.
EVERY_LINE = """
    SELECT l.order_id, g.sku, g.category_id, l.quantity, l.unit_price, l.amount,
           greatest(round(l.quantity * l.unit_price, 2), l.amount) AS list,
           CASE WHEN l.quantity = trunc(l.quantity) THEN l.quantity::int ELSE 0 END AS pieces,
           CASE WHEN l.quantity = trunc(l.quantity) THEN l.quantity::int ELSE 1 END AS count,
           coalesce((SELECT sum(ceil(b.quantity))::int FROM members_returnline b
                       JOIN members_return r ON r.id = b.return_of_id
                      WHERE r.order_id = l.order_id AND b.product_id = l.product_id), 0) AS returned
      FROM members_orderline l JOIN members_product g ON g.id = l.product_id
     WHERE l.order_id IN (SELECT order_id FROM held)
"""
# One row for an order and a promotion: the lines in its scope summed up, and as JSON for kinds that look at each.
SUMMED = """
    SELECT h.order_id, h.promotion_id, h.tier_id, sum(e.list) AS list, sum(e.list - e.amount) AS saved,
           sum(e.amount) AS paid, sum(e.pieces) AS pieces, jsonb_agg(to_jsonb(e)) AS lines,
           CASE WHEN h.net_amount > 0 THEN 1 - h.returned_amount / h.net_amount ELSE 1 END AS kept
      FROM held h JOIN campaigns_promotion p ON p.id = h.promotion_id JOIN every_line e ON e.order_id = h.order_id
     WHERE p.skus = '{}' AND p.category_ids = '{}' OR e.sku = ANY (p.skus) OR e.category_id = ANY (p.category_ids)
     GROUP BY h.order_id, h.promotion_id, h.tier_id, h.net_amount, h.returned_amount
"""
GIVEN_AWAY = "SELECT order_id, jsonb_agg(to_jsonb(e)) AS lines FROM every_line e WHERE e.amount = 0 GROUP BY order_id"
BY_KIND = " UNION ALL ".join(
    f"SELECT got.* FROM ({kind.sales}) AS got WHERE p.kind = '{key}'" for key, kind in REGISTRY.items()
)
FOUND = f"""
    WITH held AS MATERIALIZED ({HELD}), every_line AS MATERIALIZED ({EVERY_LINE}),
    summed AS MATERIALIZED ({SUMMED}), given_away AS MATERIALIZED ({GIVEN_AWAY})
    SELECT s.order_id, s.promotion_id, coalesce(got.pieces, 0)::int AS pieces,
           round(CASE WHEN p.kind = ANY (%(counted)s) THEN got.off ELSE got.off * s.kept END, 2) AS off
      FROM (SELECT x.*, g.lines AS gifts FROM summed x LEFT JOIN given_away g USING (order_id)) AS s
      JOIN campaigns_promotion p ON p.id = s.promotion_id
      CROSS JOIN LATERAL ({BY_KIND}) AS got(pieces, off)
     WHERE s.kept > 0 AND (got.pieces > 0 OR p.kind <> ALL (%(counted)s) AND got.off > 0)
"""
ANY_HELD = """
    SELECT EXISTS (SELECT FROM campaigns_promotionsale s WHERE s.order_id = ANY (%(orders)s))
        OR EXISTS (SELECT FROM campaigns_promotion p,
               (SELECT min(paid_at) AS first, max(paid_at) AS last FROM members_order WHERE id = ANY (%(orders)s)) AS o
            WHERE p.state <> 'draft' AND p.published_at <= o.last AND p.starts_at <= o.last + interval '1 day'
              AND (p.ends_at IS NULL OR p.ends_at > o.first - interval '1 day')
              AND (p.ended_at IS NULL OR p.ended_at > o.first))
"""
LOCK = "SELECT id FROM members_order WHERE id = ANY (%(orders)s) ORDER BY id FOR NO KEY UPDATE"
SUMS = """
    SELECT promotion_id, count(*), sum(pieces), sum(off) FROM campaigns_promotionsale
     WHERE order_id = ANY (%(orders)s) GROUP BY promotion_id
"""
FORGET = """
    DELETE FROM campaigns_promotionsale s WHERE s.order_id = ANY (%(orders)s) AND NOT EXISTS (
        SELECT FROM unnest(%(found_orders)s::bigint[], %(found_promotions)s::bigint[]) AS f(order_id, promotion_id)
         WHERE f.order_id = s.order_id AND f.promotion_id = s.promotion_id)
"""
KEEP = """
    INSERT INTO campaigns_promotionsale AS s (order_id, promotion_id, pieces, off)
    SELECT * FROM unnest(%(found_orders)s::bigint[], %(found_promotions)s::bigint[], %(pieces)s::int[],
        %(off)s::numeric[]) ORDER BY 1, 2
    ON CONFLICT (order_id, promotion_id) DO UPDATE SET pieces = excluded.pieces, off = excluded.off
     WHERE (s.pieces, s.off) IS DISTINCT FROM (excluded.pieces, excluded.off)
"""
LOCK_PROMOTIONS = "SELECT id FROM campaigns_promotion WHERE id = ANY (%(ids)s) ORDER BY id FOR NO KEY UPDATE"
MOVE_SUMS = """
    UPDATE campaigns_promotion p SET orders = p.orders + x.orders, sold = p.sold + x.pieces, off = p.off + x.off
      FROM unnest(%(ids)s::bigint[], %(orders)s::int[], %(pieces)s::int[], %(off)s::numeric[])
           AS x(id, orders, pieces, off) WHERE p.id = x.id
"""
OF_MEMBERS = """
    SELECT s.order_id FROM campaigns_promotionsale s JOIN members_order o ON o.id = s.order_id
     WHERE o.member_id = ANY (%(members)s)
"""
COUNTED = [kind for kind in PromotionKind.values if REGISTRY[kind].counts_pieces]

Sums = dict[int, tuple[int, int, Decimal]]  # promotion -> orders, pieces, yuan off


def count_sales(order_ids: Iterable[int]) -> int:
    """Find out anew which promotions these orders got; returns how many such pairs there are. Twice is once."""
    params: dict[str, Any] = {"orders": sorted(set(order_ids)), "zone": str(zone_of(None)), "counted": COUNTED}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ANY_HELD, params)
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(LOCK, params)  # two batches that hold the same order take turns
        cursor.execute(FOUND, params)
        found = cursor.fetchall()
        columns = [list(column) for column in zip(*found, strict=True)] or [[], [], [], []]
        names = ("found_orders", "found_promotions", "pieces", "off")
        params |= dict(zip(names, columns, strict=True))
        before = _sums(cursor, params)
        cursor.execute(FORGET, params)
        cursor.execute(KEEP, params)
        _move_sums(cursor, before, _sums(cursor, params))
    return len(found)


def count_returns(order_ids: Iterable[int], member_ids: Iterable[int]) -> int:
    """Goods of these orders came back, or of orders of these members without a receipt: count theirs anew."""
    with connection.cursor() as cursor:
        cursor.execute(OF_MEMBERS, {"members": list(member_ids)})
        return count_sales([*order_ids, *(row[0] for row in cursor.fetchall())])


def had_by(member_id: int, promotion_ids: Sequence[int]) -> Mapping[int, int]:
    """How many pieces a member has had of each of these promotions."""
    rows = PromotionSale.objects.filter(promotion__in=promotion_ids, order__member=member_id).order_by()
    return dict(rows.values_list("promotion").annotate(had=Sum("pieces")))


def _sums(cursor: Any, params: Mapping[str, Any]) -> Sums:
    cursor.execute(SUMS, params)
    return {promotion: tuple(sums) for promotion, *sums in cursor.fetchall()}


def _move_sums(cursor: Any, before: Sums, after: Sums) -> None:
    """Move the sums of the promotions by what has changed, locked in the order of their keys."""
    nothing: tuple[Any, ...] = (0, 0, Decimal(0))
    moves: dict[int, tuple[Any, ...]] = {
        one: tuple(new - old for new, old in zip(after.get(one, nothing), before.get(one, nothing), strict=True))
        for one in sorted(before.keys() | after.keys())
    }
    moves = {one: move for one, move in moves.items() if any(move)}
    if not moves:
        return
    orders, pieces, off = (list(column) for column in zip(*moves.values(), strict=True))
    cursor.execute(LOCK_PROMOTIONS, {"ids": list(moves)})
    cursor.execute(MOVE_SUMS, {"ids": list(moves), "orders": orders, "pieces": pieces, "off": off})
