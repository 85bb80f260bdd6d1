"""What one step costs for one member at most, in yuan."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from campaigns.journeys.steps.base import Step
from campaigns.messages.texting import measure, whole
from campaigns.models import Channel, MessageTemplate
from coupons import kinds, packs
from coupons.models import CouponPack, CouponTemplate


def price_of(step: Step) -> Decimal:
    """The face value of what it gives, or the price of a text message; nothing for any other step."""
    price = PRICES.get(step.kind)
    return price(step) if price else Decimal(0)


def _coupon(step: Step) -> Decimal:
    terms = CouponTemplate.objects.select_related("terms").get(pk=step.settings["template"]).terms
    return kinds.face_value(terms) if terms else Decimal(0)


def _pack(step: Step) -> Decimal:
    return packs.preview_cost(CouponPack.objects.get(pk=step.settings["pack"]))


def _message(step: Step) -> Decimal:
    message = MessageTemplate.objects.get(pk=step.settings["message"])
    if message.channel != Channel.SMS:
        return Decimal(0)
    return measure(whole(message.text, message.link, message.purpose)).cost


PRICES: Mapping[str, Callable[[Step], Decimal]] = {"coupon": _coupon, "pack": _pack, "message": _message}
