"""Products and categories that orders mention: those not known yet are added, in one fixed order."""

from typing import Any

from members.models import LineKind
from members.orders.worktables import one, run

MENTIONED = """
    SELECT l.sku, max(l.product_name) AS name, max(l.category) AS category
    FROM members_stagedline l
    JOIN work_order w ON w.channel = l.channel AND w.order_no = l.order_no AND w.kind = l.kind
    WHERE l.stage = %(stage)s AND l.sku <> ''
        AND w.mentions_new AND w.kind = %(kind)s AND w.status IN ('created', 'updated')
    GROUP BY l.sku
"""
CATEGORIES = f"""
INSERT INTO members_category (name)
SELECT DISTINCT left(m.category, 80) FROM ({MENTIONED}) AS m
WHERE m.category <> '' AND NOT EXISTS (SELECT FROM members_category c WHERE c.name = left(m.category, 80))
ORDER BY 1
ON CONFLICT (name) DO NOTHING
"""
PRODUCTS = f"""
INSERT INTO members_product (sku, name, category_id)
SELECT m.sku, left(coalesce(nullif(m.name, ''), m.sku), 200), c.id
FROM ({MENTIONED}) AS m LEFT JOIN members_category c ON c.name = left(nullif(m.category, ''), 80)
WHERE NOT EXISTS (SELECT FROM members_product p WHERE p.sku = m.sku)
ORDER BY m.sku
ON CONFLICT (sku) DO NOTHING
"""
FILED = f"""
UPDATE members_product p SET category_id = c.id
FROM ({MENTIONED}) AS m JOIN members_category c ON c.name = left(m.category, 80)
WHERE p.sku = m.sku AND p.category_id IS NULL
"""
# Nearly always all of them are on file, with their category; gathering has seen to that.
ANY_NEW = """
SELECT 1 FROM work_order WHERE mentions_new AND kind = %(kind)s AND status IN ('created', 'updated') LIMIT 1
"""


def add_mentioned(scope: dict[str, Any], kind: LineKind) -> None:
    """Add what the lines of new sales, or new returns, mention.

    A product on file keeps its name; only a missing category is filled.
    """
    params = {**scope, "kind": kind.value}
    if one(ANY_NEW, params):
        run(CATEGORIES, params)
        run(PRODUCTS, params)
        run(FILED, params)
