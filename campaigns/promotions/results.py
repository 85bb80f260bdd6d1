"""What a promotion brought about: orders, members, yuan given away, and sales of these orders, by store."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from campaigns.models import Promotion

STORES_SHOWN = 10

TOTALS = """
    SELECT count(*), count(DISTINCT o.member_id), coalesce(sum(s.pieces), 0), coalesce(sum(s.off), 0),
           coalesce(sum(o.net_amount - o.returned_amount), 0)
      FROM campaigns_promotionsale s JOIN members_order o ON o.id = s.order_id WHERE s.promotion_id = %s
"""
BY_STORE = """
    SELECT t.name, count(*), sum(s.off), sum(o.net_amount - o.returned_amount)
      FROM campaigns_promotionsale s JOIN members_order o ON o.id = s.order_id JOIN stores_store t ON t.id = o.store_id
     WHERE s.promotion_id = %s GROUP BY t.id, t.name ORDER BY 2 DESC, t.name LIMIT %s
"""


@dataclass(frozen=True)
class StoreResult:
    """One store: orders with the promotion, yuan off, and their sales."""

    name: str
    orders: int
    off: Decimal
    sales: Decimal


@dataclass(frozen=True)
class Results:
    """All stores together. ``sales`` is what was paid for the orders that got it, less what came back, in yuan.

    It says nothing about what would have been sold without the promotion.
    """

    orders: int
    members: int
    pieces: int
    off: Decimal
    sales: Decimal
    stores: Sequence[StoreResult]


def results_of(promotion: Promotion) -> Results:
    """The figures of a promotion, in two queries."""
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, [promotion.pk])
        totals = cursor.fetchone()
        cursor.execute(BY_STORE, [promotion.pk, STORES_SHOWN])
        stores = [StoreResult(*row) for row in cursor.fetchall()]
    orders, members, pieces, off, sales = totals
    return Results(orders, members, pieces, off, sales, stores)
