"""Certain products at a price, while the stock lasts and as far as a member may buy (秒杀, 限购)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from campaigns.pricing.bill import cents
from campaigns.pricing.deals import Deal, FlashPrice
from campaigns.promotions.kinds.base import LINES, Frame, Names, Params, Plain, Problem, amount, bad_params, rows
from coupons.kinds.words import joined, plain

MOST_PRODUCTS, PRODUCTS_SHOWN = 200, 3


@dataclass(frozen=True)
class Given:
    """Pairs of a product (SKU) and its price in yuan."""

    prices: tuple[tuple[str, Decimal], ...]


class FlashPriceKind(Plain):
    """Cherries at ¥29.9."""

    own_fields: Sequence[str] = ("skus", "category_ids")
    counts_pieces = True
    # A till rings the flash price up as unit price, or takes the difference off some pieces of a line. Of the pieces
    # that did not come back, at most so many were at the flash price.
    sales = f"""
        SELECT sum(f.kept) AS pieces, sum(f.kept * greatest(f.unit_price - f.price, 0)) AS off FROM (
            SELECT l.unit_price, x.price, least(greatest(l.count - l.returned, 0), CASE
                WHEN l.unit_price = x.price THEN l.count
                WHEN l.unit_price < x.price THEN 0
                WHEN l.pieces = 0 THEN CASE WHEN l.amount <= round(l.quantity * x.price, 2) THEN 1 ELSE 0 END
                ELSE floor((l.list - l.amount) / (l.unit_price - x.price)) END) AS kept
            FROM {LINES} JOIN jsonb_to_recordset(p.params->'prices') AS x(sku text, price numeric) ON x.sku = l.sku
        ) AS f
    """

    def read(self, params: Params) -> Given:
        """The products and their prices."""
        prices = []
        for row in rows(params.get("prices")):
            sku = row.get("sku")
            if not isinstance(sku, str):
                raise bad_params()
            prices.append((sku, amount(row.get("price"))))
        return Given(tuple(prices))

    def problems(self, given: Given) -> list[Problem]:
        """Each product once, with a price."""
        found: list[Problem] = []
        skus = [sku for sku, _price in given.prices]
        if not given.prices or len(skus) > MOST_PRODUCTS:
            words = {"most": MOST_PRODUCTS}
            found.append(("prices", _("Name the products and their prices, at most %(most)s.") % words))
        if "" in skus or len(set(skus)) < len(skus):
            found.append(("prices", _("Name each product once.")))
        if any(not price for _sku, price in given.prices):
            found.append(("prices", _("What costs nothing is a gift, not a flash price.")))
        return found

    def sentence(self, given: Given, names: Names) -> str:
        """智利车厘子 秒杀价 ¥29.9."""
        shown = [
            _("%(product)s for ¥%(price)s") % {"product": names.sku(sku), "price": plain(price)}
            for sku, price in given.prices[:PRODUCTS_SHOWN]
        ]
        more = len(given.prices) - PRODUCTS_SHOWN
        return joined([*shown, _("and %(count)s more") % {"count": more} if more > 0 else ""])

    def deal(self, given: Given, frame: Frame) -> Deal | None:
        """On the lines with one of the products."""
        prices = dict(given.prices)
        found = {line: cents(prices[item.sku]) for line, item in enumerate(frame.bill.items) if item.sku in prices}
        return FlashPrice(lines=tuple(found), prices=found, limit=frame.room, **frame.head) if found else None

    def skus(self, given: Given) -> list[str]:
        """The products with a price."""
        return [sku for sku, _price in given.prices]
