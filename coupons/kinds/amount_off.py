"""An amount off a bill that is large enough (满减券)."""

from decimal import Decimal

from django.utils.translation import gettext as _

from coupons.kinds.base import NOTHING, Basis, Kind, Problem, Terms
from coupons.kinds.words import from_amount, plain


class AmountOff(Kind):
    """``amount_off`` yuan less from ``threshold`` yuan."""

    fields = ("threshold", "amount_off")
    discount_sql = "least(terms.amount_off, bill.amount)"

    def problems(self, terms: Terms) -> list[Problem]:
        """Needs an amount, not above the threshold."""
        if not terms.amount_off or terms.amount_off <= 0:
            return [("amount_off", _("Say how much comes off."))]
        if terms.threshold < terms.amount_off:
            return [
                (
                    "threshold",
                    _("¥%(off)s off needs a bill of at least ¥%(off)s; now it is ¥%(threshold)s.")
                    % {"off": plain(terms.amount_off), "threshold": plain(terms.threshold)},
                )
            ]
        return []

    def discount(self, terms: Terms, basis: Basis) -> Decimal:
        """The amount, never more than the bill."""
        return min(terms.amount_off or NOTHING, basis.amount)

    def face_value(self, terms: Terms) -> Decimal:
        """The amount."""
        return terms.amount_off or NOTHING

    def face_text(self, terms: Terms) -> str:
        """¥10."""
        return f"¥{plain(self.face_value(terms))}"

    def condition_text(self, terms: Terms) -> str:
        """From ¥60."""
        return from_amount(terms.threshold)

    def offer_text(self, terms: Terms) -> str:
        """¥10 off ¥60."""
        return _("¥%(off)s off ¥%(threshold)s") % {
            "off": plain(self.face_value(terms)),
            "threshold": plain(terms.threshold),
        }
