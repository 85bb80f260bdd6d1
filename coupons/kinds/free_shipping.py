"""The delivery fee comes off (免运券), with a cap. The price of the goods stays."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from coupons.errors import CouponRefused, refuse
from coupons.kinds.base import NOTHING, Basis, Goods, Kind, Problem, Terms
from coupons.kinds.words import at_most, from_amount, joined, plain


class FreeShipping(Kind):
    """The delivery fee of a bill from ``threshold`` yuan, at most ``cap`` yuan of it."""

    fields = ("threshold", "cap")
    discount_sql = "least(coalesce(bill.delivery, 0), coalesce(terms.cap, 'Infinity'))"

    def problems(self, terms: Terms) -> list[Problem]:
        """Needs a cap, without which its cost has no end."""
        if terms.cap is None or terms.cap <= 0:
            return [("cap", _("Say the most it may take off. Without a cap nobody knows what it costs."))]
        return []

    def discount(self, terms: Terms, basis: Basis) -> Decimal:
        """The fee, never above the cap."""
        fee = basis.delivery or NOTHING
        return fee if terms.cap is None else min(fee, terms.cap)

    def refusal(self, terms: Terms, basis: Basis) -> CouponRefused | None:
        """Where nothing is delivered it would be wasted."""
        if basis.delivery:
            return None
        return refuse("no_delivery", delivery_needed=basis.delivery is None)

    def bearers(self, terms: Terms, goods: Sequence[Goods]) -> Sequence[int]:
        """None: it was the delivery that cost less, and that has been made."""
        return ()

    def face_value(self, terms: Terms) -> Decimal:
        """The cap: what it can cost at most."""
        return terms.cap or NOTHING

    def face_text(self, terms: Terms) -> str:
        """One word."""
        return pgettext("large print of a coupon", "Free delivery")

    def condition_text(self, terms: Terms) -> str:
        """From ¥60, at most ¥8 off."""
        return joined([from_amount(terms.threshold), at_most(terms.cap)])

    def offer_text(self, terms: Terms) -> str:
        """Free delivery from ¥60, at most ¥8 off."""
        if terms.threshold:
            offer = _("free delivery from ¥%(threshold)s") % {"threshold": plain(terms.threshold)}
        else:
            offer = _("free delivery")
        return joined([offer, at_most(terms.cap)])
