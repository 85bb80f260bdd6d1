"""Kinds of coupon as deals on a bill. A new kind is a line in ``DEALS``; coupons say what they take off a receipt."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from campaigns.pricing.bill import Gift, cents
from campaigns.pricing.deals import Deal, FullReduction, GiftWithPurchase, Percentage, Step, Turn
from coupons.models import CouponTerms

Head = Mapping[str, Any]
Maker = Callable[[CouponTerms, Head], Deal]


def _amount_off(terms: CouponTerms, head: Head) -> Deal:
    return FullReduction(steps=(Step(_threshold(terms), _cents(terms.amount_off)),), **head)


def _percent_off(terms: CouponTerms, head: Head) -> Deal:
    paid, most = terms.percent or Decimal(100), None if terms.cap is None else cents(terms.cap)
    return Percentage(paid=paid, threshold=_threshold(terms), most=most, **head)


def _gift(terms: CouponTerms, head: Head) -> Deal:
    gift = Gift(terms.gift_name, 1, _cents(terms.gift_value))
    return GiftWithPurchase(gifts=(gift,), threshold=_threshold(terms), **head)


# In the order in which coupons are taken off: a percentage of more is more, so it comes before amounts.
DEALS: Mapping[str, Maker] = {
    "percent_off": _percent_off,
    "amount_off": _amount_off,
    "gift": _gift,
}
ORDER = {kind: place for place, kind in enumerate(DEALS)}


def deal_of(terms: CouponTerms, *, place: tuple[int, ...], **head: Any) -> Deal:
    """The deal that a coupon with these terms is; ``place`` orders the coupons of one kind."""
    return DEALS[terms.kind](terms, {"turn": Turn.COUPON, **head, "place": (ORDER[terms.kind], *place)})


def _threshold(terms: CouponTerms) -> int:
    """From which amount on; a coupon for certain products wants something of them to be paid."""
    return max(cents(terms.threshold), 1 if terms.skus or terms.category_ids else 0)


def _cents(amount: Decimal | None) -> int:
    return cents(amount or Decimal(0))
