"""Products and categories that orders mention: those not known yet are added, in one fixed order."""

from typing import Any

from members.models import LineKind
from members.orders.worktables import one, run

BY_CHUNK = """
    SELECT l.sku, max(l.product_name) AS name, max(l.category) AS category
    FROM members_stagedline l
    JOIN work_order w ON w.channel = l.channel AND w.order_no = l.order_no AND w.kind = l.kind
    WHERE l.stage = %(stage)s AND l.sku <> ''
        AND w.mentions_new AND w.kind = %(kind)s AND w.status IN ('created', 'updated')
    GROUP BY l.sku
"""
BY_STAGE = """
    SELECT l.sku, max(l.product_name) AS name, max(l.category) AS category
    FROM members_stagedline l
    LEFT JOIN members_stagedline bad ON bad.stage = %(stage)s AND bad.rejected <> ''
        AND bad.channel = l.channel AND bad.order_no = l.order_no AND bad.kind = l.kind
    WHERE l.stage = %(stage)s AND l.sku <> '' AND bad.stage IS NULL
    GROUP BY l.sku
"""
CATEGORIES = """
INSERT INTO members_category (name)
SELECT DISTINCT left(m.category, 80) FROM ({mentioned}) AS m
WHERE m.category <> '' AND NOT EXISTS (SELECT FROM members_category c WHERE c.name = left(m.category, 80))
ORDER BY 1
ON CONFLICT (name) DO NOTHING
"""
PRODUCTS = """
INSERT INTO members_product (sku, name, category_id)
SELECT m.sku, left(coalesce(nullif(m.name, ''), m.sku), 200), c.id
FROM ({mentioned}) AS m LEFT JOIN members_category c ON c.name = left(nullif(m.category, ''), 80)
WHERE NOT EXISTS (SELECT FROM members_product p WHERE p.sku = m.sku)
ORDER BY m.sku
ON CONFLICT (sku) DO NOTHING
"""
FILED = """
UPDATE members_product p SET category_id = c.id
FROM ({mentioned}) AS m JOIN members_category c ON c.name = left(m.category, 80)
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
        _add(BY_CHUNK, params)


def add_staged(stage: int) -> None:
    """Add what the lines of a whole stage mention, in a transaction that ends before its orders are merged: of two
    who merge side by side, the one that meets a new product second would wait for all the other does.

    An order that the merge then refuses may so have brought a product that nobody has bought.
    """
    _add(BY_STAGE, {"stage": stage})


def _add(mentioned: str, params: dict[str, Any]) -> None:
    for statement in (CATEGORIES, PRODUCTS, FILED):
        run(statement.format(mentioned=mentioned), params)
