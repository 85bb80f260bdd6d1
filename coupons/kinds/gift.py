"""Something to take away or to taste (兑换券, 试吃券). Nothing comes off the bill."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from coupons.kinds.base import NOTHING, Basis, Goods, Kind, Problem, Terms
from coupons.kinds.words import from_amount, joined, plain


class Gift(Kind):
    """``gift_name``, worth ``gift_value`` yuan, on a bill from ``threshold`` yuan."""

    fields = ("threshold", "gift_name", "gift_value")
    cost_sql = "coalesce(terms.gift_value, 0)"

    def problems(self, terms: Terms) -> list[Problem]:
        """Needs a name; a value may not be negative."""
        found: list[Problem] = []
        if not terms.gift_name.strip():
            found.append(("gift_name", _("Say what the gift is.")))
        if terms.gift_value is not None and terms.gift_value < 0:
            found.append(("gift_value", _("The value of a gift cannot be below zero.")))
        return found

    def discount(self, terms: Terms, basis: Basis) -> Decimal:
        """Nothing: the gift is handed over, the bill stays."""
        return NOTHING

    def cost(self, terms: Terms, discount: Decimal) -> Decimal:
        """What the gift is worth."""
        return terms.gift_value or NOTHING

    def bearers(self, terms: Terms, goods: Sequence[Goods]) -> Sequence[int]:
        """None: the gift was given whatever else comes back."""
        return ()

    def face_value(self, terms: Terms) -> Decimal:
        """What the gift is worth."""
        return terms.gift_value or NOTHING

    def face_text(self, terms: Terms) -> str:
        """One word."""
        return pgettext("large print of a coupon", "Gift")

    def condition_text(self, terms: Terms) -> str:
        """The gift, and from which bill on."""
        return joined([terms.gift_name, from_amount(terms.threshold) if terms.threshold else ""])

    def offer_text(self, terms: Terms) -> str:
        """The gift, with a bill from ¥60."""
        if not terms.threshold:
            return _("%(gift)s for free") % {"gift": terms.gift_name}
        return _("%(gift)s with a bill from ¥%(threshold)s") % {
            "gift": terms.gift_name,
            "threshold": plain(terms.threshold),
        }
