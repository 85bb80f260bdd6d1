"""What returns of some goods take back of a coupon: its discount spread over the lines of the receipt, and each line's
part in proportion to how much of the line came back. Pure reckoning; amounts in yuan."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cached_property

from coupons import kinds
from coupons.kinds.base import CENT, NOTHING, Goods
from coupons.models import CouponTerms

WHOLE = Decimal(1)


@dataclass(frozen=True)
class Sold:
    """A line of the receipt: what, how many, what one costs by the list, what was paid for the line."""

    line_no: int
    product_id: int
    sku: str
    category_id: int | None
    quantity: Decimal
    unit_price: Decimal
    paid: Decimal

    @property
    def listed(self) -> Decimal:
        """What the line costs by the list."""
        return (self.quantity * self.unit_price).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Back:
    """A return: how many of which product came back, or no more than an amount."""

    amount: Decimal
    goods: Sequence[tuple[int, Decimal]] = ()


@dataclass(frozen=True)
class Returned:
    """What came back of a receipt: how many of each line, and the part of all the rest that came back as mere money."""

    quantities: Sequence[Decimal]
    loose: Decimal
    is_all: bool

    def kept(self, place: int, quantity: Decimal) -> Decimal:
        """The part of a line that the member kept, from 0 to 1."""
        return (WHOLE - self.quantities[place] / quantity) * (WHOLE - self.loose)


def returned(sold: Sequence[Sold], net: Decimal, backs: Sequence[Back]) -> Returned:
    """What came back in all. Of a product on several lines the earlier ones come back first.

    The receipt has come back as a whole when all goods have, or all the ``net`` that was paid.
    """
    pool: defaultdict[int, Decimal] = defaultdict(Decimal)
    for back in backs:
        for product, quantity in back.goods:
            pool[product] += quantity
    quantities = []
    for line in sold:
        quantities.append(min(line.quantity, pool[line.product_id]))
        pool[line.product_id] -= quantities[-1]
    money = sum((back.amount for back in backs if not back.goods), NOTHING)
    rest = net - sum((back.amount for back in backs if back.goods), NOTHING)
    loose = min(money / rest, WHOLE) if money and rest > 0 else WHOLE if money else NOTHING
    has_all = bool(sold) and all(back == line.quantity for back, line in zip(quantities, sold, strict=True))
    paid_back = sum((back.amount for back in backs), NOTHING)
    return Returned(quantities, loose, has_all or 0 < net <= paid_back)


@dataclass(frozen=True)
class Standing:
    """A coupon on a receipt of which something may have come back."""

    terms: CouponTerms
    discount: Decimal
    sold: Sequence[Sold]
    returned: Returned

    @cached_property
    def qualifying(self) -> list[int]:
        """The places of the lines the coupon is for; all when it is for everything, or what it was for is not told."""
        terms = self.terms
        wanted = [
            place
            for place, line in enumerate(self.sold)
            if line.sku in terms.skus or line.category_id in terms.category_ids
        ]
        return wanted or [*range(len(self.sold))]

    @cached_property
    def shares(self) -> list[Decimal]:
        """The part of the discount that each line bears, by what was paid for it; they add up to it."""
        lines = [self.sold[place] for place in self.qualifying]
        bearing = kinds.bearers(self.terms, [Goods(line.listed, line.quantity) for line in lines])
        places = [self.qualifying[nth] for nth in bearing]
        weights = [self.sold[place].paid for place in places]
        if not any(weights):
            weights = [self.sold[place].listed for place in places]
        shares = [NOTHING] * len(self.sold)
        for place, part in zip(places, portions(self.discount, weights), strict=True):
            shares[place] = part
        return shares

    @cached_property
    def given_back(self) -> list[Decimal]:
        """What of each line's part was taken back; never more than it."""
        came, shares = self.returned, self.shares
        by_goods = [
            share if back == line.quantity else (share * back / line.quantity).quantize(CENT, ROUND_DOWN)
            for share, back, line in zip(shares, came.quantities, self.sold, strict=True)
        ]
        rest = [share - part for share, part in zip(shares, by_goods, strict=True)]
        as_money = (sum(rest, NOTHING) * came.loose).quantize(CENT, ROUND_DOWN)
        return [part + more for part, more in zip(by_goods, portions(as_money, rest), strict=True)]

    @property
    def total(self) -> Decimal:
        """What was taken back in all."""
        return sum(self.given_back, NOTHING)

    @property
    def threshold_holds(self) -> bool:
        """Whether what the member kept came to the threshold before the coupon."""
        kept = sum(
            (
                (self.sold[place].paid + self.shares[place]) * self.returned.kept(place, self.sold[place].quantity)
                for place in self.qualifying
            ),
            NOTHING,
        )
        return kept.quantize(CENT, ROUND_HALF_UP) >= self.terms.threshold


def portions(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """``total`` divided in proportion to the weights by the largest remainder, to the cent; ties go to the earlier one.

    The parts add up to the total, unless there is no weight at all.
    """
    whole = sum(weights, NOTHING)
    if not whole:
        return [NOTHING] * len(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [one.quantize(CENT, ROUND_DOWN) for one in exact]
    over = int((total - sum(parts, NOTHING)) / CENT)
    for place in sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))[:over]:
        parts[place] += CENT
    return parts
