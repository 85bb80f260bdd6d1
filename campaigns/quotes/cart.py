"""The cart that a till or shop asks about, and the bill it makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from campaigns.pricing.bill import CENT, Bill, Item, cents


@dataclass(frozen=True)
class CartLine:
    """One line: how many of what at which list price a piece, or how much at which price a unit of weight.

    ``line`` is what the asker calls it. ``category`` (a name) counts only for products that are not on file.
    """

    line: str
    sku: str
    quantity: Decimal
    unit_price: Decimal
    category: str = ""

    @property
    def amount(self) -> Decimal:
        """What the line costs at list price, in yuan."""
        return (self.quantity * self.unit_price).quantize(CENT, ROUND_HALF_UP)

    @property
    def pieces(self) -> int:
        """How many pieces it is, 0 for goods by weight."""
        return int(self.quantity) if self.quantity == self.quantity.to_integral_value() else 0


@dataclass(frozen=True)
class Cart:
    """What is to be bought, and what bringing it home costs in yuan."""

    lines: Sequence[CartLine]
    delivery: Decimal = Decimal(0)

    @property
    def skus(self) -> set[str]:
        """Everything in it."""
        return {line.sku for line in self.lines}

    def bill(self, categories: Mapping[str, int | None], by_name: Mapping[str, int]) -> Bill:
        """The bill at list prices. ``categories`` holds the category of each product on file by SKU."""
        items = [
            Item(
                line.line,
                line.sku,
                categories[line.sku] if line.sku in categories else by_name.get(line.category),
                line.pieces,
                cents(line.unit_price),
                cents(line.amount),
            )
            for line in self.lines
        ]
        return Bill.of(items, cents(self.delivery))
