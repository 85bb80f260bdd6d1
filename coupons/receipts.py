"""What a till says of a receipt on which a coupon is to be used, what of it the coupon is for, and what it hears."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from coupons.kinds.base import Basis, Goods
from coupons.models import Coupon
from members.models import Product
from stores.models import Store


@dataclass(frozen=True)
class Line:
    """A line of the receipt: what, what is to be paid for it before the coupon in yuan, and how many pieces, or how
    much by weight."""

    sku: str
    amount: Decimal
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True)
class Receipt:
    """Where, when and on what a coupon is to be used. ``amount`` is the bill before it, in yuan.

    ``lines`` are needed only for coupons on certain products, the fee ``delivery`` only for those on deliveries; the
    amount is without it. Without ``member_id`` whoever shows the code may use it.
    """

    amount: Decimal
    store: Store | None = None
    channel: str = ""
    order_no: str = ""
    member_id: int | None = None
    at: datetime | None = None
    lines: Sequence[Line] | None = None
    delivery: Decimal | None = None

    @property
    def order(self) -> tuple[str, str]:
        """What names the receipt."""
        return self.channel, self.order_no


@dataclass(frozen=True)
class Verdict:
    """The answer to a till: whether, how much comes off, or why not in words, and small data about what is missing."""

    ok: bool
    code: str = ""
    sentence: str = ""
    discount: Decimal = Decimal("0.00")
    extra: Mapping[str, Any] = field(default_factory=dict)
    coupon: Coupon | None = None


def qualifying(coupon: Coupon, receipt: Receipt) -> Basis:
    """The part of the bill that the coupon's products make up; all of it when it is for everything."""
    terms, lines = coupon.terms, receipt.lines or ()
    if not terms.skus and not terms.category_ids:
        goods = [Goods(line.amount, line.quantity) for line in lines]
        return Basis(receipt.amount, goods, receipt.delivery)
    wanted = set(terms.skus)
    if terms.category_ids and lines:
        known = Product.objects.filter(sku__in={line.sku for line in lines}, category__in=terms.category_ids)
        wanted |= set(known.values_list("sku", flat=True))
    goods = [Goods(line.amount, line.quantity) for line in lines if line.sku in wanted]
    amount = min(sum((line.amount for line in goods), Decimal("0.00")), receipt.amount)
    return Basis(amount, goods, receipt.delivery)
