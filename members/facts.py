"""Facts per member, recomputed from the orders: counts, sums, habits, scores, and when they change by themselves.

``orders`` counts sales, those that came back included; ``spend`` is what was paid less what came back. Windows are
whole business days (members.windows). The scores: R by days since the last order in fixed bins*, F by 1, 2, 3 and 4 or
more orders, M by the spend of all buyers in quintiles, their cut points frozen per month. Ties get the lower score.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from members import lifecycle, moneycuts
from members.orders.worktables import one, run
from stores.policy import define

RECENCY_BINS = define("rfm.recency_days", [30, 60, 120, 240], _("R: days since the last order that part the scores"))
COLUMNS = (
    "orders", "spend", "first_order_at", "last_order_at", "orders_365d", "spend_365d", "average_basket",
    "usual_gap_days", "favourite_store_id", "favourite_category_id", "recency_score", "frequency_score", "money_score",
    "next_change_on",
)  # fmt: skip

FAVOURITE_CATEGORY = """
    SELECT DISTINCT ON (member_id) member_id, category_id FROM (
        SELECT s.member_id, p.category_id, sum(l.amount) AS spent
        FROM work_sale s
        JOIN members_orderline l ON l.order_id = s.order_id
        JOIN members_product p ON p.id = l.product_id
        WHERE p.category_id IS NOT NULL
        GROUP BY s.member_id, p.category_id
    ) AS c ORDER BY member_id, spent DESC, category_id
"""
NO_CATEGORY = "SELECT NULL::bigint AS member_id, NULL::bigint AS category_id WHERE false"
COMPUTE = """
WITH sums AS (
    SELECT member_id, count(*) AS orders, sum(net_amount - returned) AS spend,
        min(paid_at) AS first_order_at, max(paid_at) AS last_order_at,
        count(*) FILTER (WHERE paid_at >= %(facts_from)s) AS orders_365d,
        coalesce(sum(net_amount - returned) FILTER (WHERE paid_at >= %(facts_from)s), 0) AS spend_365d,
        min(paid_at) FILTER (WHERE paid_at >= %(facts_from)s) AS oldest_365d,
        sum(growth) FILTER (WHERE paid_at >= %(growth_from)s) AS growth,
        min(paid_at) FILTER (WHERE paid_at >= %(growth_from)s AND growth > 0) AS oldest_growth, sum(points) AS points
    FROM work_sale GROUP BY member_id
), gaps AS (
    SELECT member_id, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY days)::numeric)::int AS days FROM (
        SELECT member_id, extract(epoch FROM paid_at - lag(paid_at) OVER (PARTITION BY member_id ORDER BY paid_at))
            ::float8 / 86400 AS days
        FROM work_sale WHERE member_id IN (SELECT member_id FROM sums WHERE orders >= 3)
    ) AS g WHERE days IS NOT NULL GROUP BY member_id
), stores AS (
    SELECT DISTINCT ON (member_id) member_id, store_id FROM (
        SELECT member_id, store_id, count(*) AS visits, max(paid_at) AS latest
        FROM work_sale GROUP BY member_id, store_id
    ) AS v ORDER BY member_id, visits DESC, latest DESC, store_id
), categories AS ({categories}
), by_hand AS (
    SELECT member_id, sum(delta) AS growth, min(at) AS oldest FROM members_growthentry
    WHERE member_id = ANY (%(ids)s::bigint[]) AND order_id IS NULL AND at >= %(growth_from)s GROUP BY member_id
), beside AS (
    SELECT member_id, sum(delta) AS points FROM work_beside GROUP BY member_id
), expiring AS (
    SELECT member_id, min(expires_at) AS soonest FROM work_lot WHERE kept > 0 GROUP BY member_id
), f AS (
    SELECT m.member_id, coalesce(s.growth, 0) + coalesce(h.growth, 0) AS growth,
        least(s.oldest_growth, h.oldest) AS oldest_growth, coalesce(s.points, 0) + coalesce(b.points, 0) AS points,
        e.soonest, t.next_on, s.orders, s.spend, s.first_order_at, s.last_order_at, s.orders_365d,
        s.spend_365d, s.oldest_365d, g.days AS gap, st.store_id, c.category_id
    FROM unnest(%(ids)s::bigint[]) AS m(member_id)
    LEFT JOIN by_hand h USING (member_id) LEFT JOIN beside b USING (member_id)
    LEFT JOIN expiring e USING (member_id) LEFT JOIN work_tier t USING (member_id)
    LEFT JOIN sums s USING (member_id) LEFT JOIN gaps g USING (member_id)
    LEFT JOIN stores st USING (member_id) LEFT JOIN categories c USING (member_id)
)
INSERT INTO work_facts
SELECT f.member_id, f.growth, f.points,
    coalesce(f.orders, 0), coalesce(f.spend, 0), f.first_order_at, f.last_order_at,
    coalesce(f.orders_365d, 0), coalesce(f.spend_365d, 0), round(f.spend / f.orders, 2), f.gap, f.store_id,
    f.category_id,
    CASE WHEN f.orders > 0 THEN 1 + (SELECT count(*) FROM unnest(%(recency)s::int[]) AS bin
        WHERE %(today)s - {last_day} < bin) END,
    CASE WHEN f.orders > 0 THEN least(f.orders, 4) END,
    CASE WHEN f.orders > 0 THEN 1 + (SELECT count(*) FROM unnest(money.cuts) AS cut WHERE f.spend > cut) END,
    least(
        (f.oldest_365d AT TIME ZONE %(zone)s)::date + %(facts_days)s,
        (f.oldest_growth AT TIME ZONE %(zone)s)::date + %(growth_days)s,
        (f.soonest AT TIME ZONE %(zone)s)::date, f.next_on,
        (SELECT {last_day} + min(bin) FROM unnest(%(recency)s::int[]) AS bin WHERE %(today)s - {last_day} < bin),
        {next_stage}
    )
FROM f CROSS JOIN (SELECT {cuts} AS cuts) AS money
"""
WRITE = f"""
INSERT INTO members_memberfacts AS f (member_id, {", ".join(COLUMNS)}, computed_at)
SELECT w.member_id, {", ".join(f"w.{name}" for name in COLUMNS)}, %(at)s FROM work_facts w ORDER BY w.member_id
ON CONFLICT (member_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)},
    computed_at = excluded.computed_at
WHERE ({", ".join(f"f.{name}" for name in COLUMNS)})
    IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in COLUMNS)})
"""


def compute(params: Mapping[str, Any]) -> None:
    """Fill work_facts for the members ``ids`` from the other working tables and growth given by hand.

    ``params`` are those of members.windows, and ``ids``.
    """
    categories = FAVOURITE_CATEGORY if one("SELECT 1 FROM members_category LIMIT 1") else NO_CATEGORY
    sql = COMPUTE.format(
        categories=categories, last_day=lifecycle.LAST_DAY, next_stage=lifecycle.NEXT_STAGE, cuts=moneycuts.CUTS
    )
    numbers = {"recency": RECENCY_BINS.value, "first_cuts": moneycuts.first_cuts()}
    run(sql, {**params, **lifecycle.params(), **numbers})


def write(params: Mapping[str, Any]) -> int:
    """Write work_facts where it differs from the stored facts; returns how many members changed."""
    return run(WRITE, params)
