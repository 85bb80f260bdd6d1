"""Kinds of coupon as deals on a bill. A new kind is a line in ``DEALS``; coupons say what they take off a receipt."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from campaigns.pricing.bill import Gift, cents
from campaigns.pricing.deals import (
    Deal,
    FixedPrice,
    FreeDelivery,
    FullReduction,
    GiftWithPurchase,
    Percentage,
    Step,
    Turn,
)
from coupons.models import CouponTerms

Head = Mapping[str, Any]
Maker = Callable[[CouponTerms, Head], Deal]


def _amount_off(terms: CouponTerms, head: Head) -> Deal:
    return FullReduction(steps=(Step(_threshold(terms), _cents(terms.amount_off)),), **head)


def _percent_off(terms: CouponTerms, head: Head) -> Deal:
    return Percentage(paid=terms.percent or Decimal(100), threshold=_threshold(terms), most=_most(terms), **head)


def _fixed_price(terms: CouponTerms, head: Head) -> Deal:
    return FixedPrice(price=_cents(terms.fixed_price), threshold=_threshold(terms), most=_most(terms), **head)


def _free_shipping(terms: CouponTerms, head: Head) -> Deal:
    return FreeDelivery(threshold=_threshold(terms), most=_most(terms), **head)


def _gift(terms: CouponTerms, head: Head) -> Deal:
    gift = Gift(terms.gift_name, 1, _cents(terms.gift_value))
    return GiftWithPurchase(gifts=(gift,), threshold=_threshold(terms), **head)


# In the order in which coupons are taken off: prices of pieces first; a percentage of more is more, so before amounts.
DEALS: Mapping[str, Maker] = {
    "fixed_price": _fixed_price,
    "percent_off": _percent_off,
    "amount_off": _amount_off,
    "gift": _gift,
    "free_shipping": _free_shipping,
}
ORDER = {kind: place for place, kind in enumerate(DEALS)}


def deal_of(terms: CouponTerms, *, place: tuple[int, ...], **head: Any) -> Deal:
    """The deal that a coupon with these terms is; ``place`` orders the coupons of one kind."""
    return DEALS[terms.kind](terms, {"turn": Turn.COUPON, **head, "place": (ORDER[terms.kind], *place)})


def _threshold(terms: CouponTerms) -> int:
    """From which amount on; a coupon for certain products wants something of them to be paid."""
    return max(cents(terms.threshold), 1 if terms.skus or terms.category_ids else 0)


def _most(terms: CouponTerms) -> int | None:
    return None if terms.cap is None else cents(terms.cap)


def _cents(amount: Decimal | None) -> int:
    return cents(amount or Decimal(0))
