"""A percentage off, with a cap (折扣券). ``percent`` is what is still paid: 85 is 8.5折."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from coupons.kinds.base import CENT, NOTHING, Basis, Kind, Problem, Terms
from coupons.kinds.words import at_most, from_amount, joined, plain

WHOLE = Decimal(100)


class PercentOff(Kind):
    """The bill times (100 - percent) %, at most ``cap`` yuan."""

    fields = ("threshold", "percent", "cap")
    discount_sql = "least(round(bill.amount * (100 - terms.percent) / 100, 2), coalesce(terms.cap, 'Infinity'))"

    def problems(self, terms: Terms) -> list[Problem]:
        """Needs a percentage of 1 to 99 that is still paid, and a cap, without which its cost has no end."""
        found: list[Problem] = []
        if terms.percent is None or not 1 <= terms.percent <= 99:
            found.append(("percent", _("Say what is still paid, from 1 to 99 percent: 85 means 15 percent off.")))
        if terms.cap is None or terms.cap <= 0:
            found.append(("cap", _("Say the most it may take off. Without a cap nobody knows what it costs.")))
        return found

    def discount(self, terms: Terms, basis: Basis) -> Decimal:
        """Rounded half up to the cent, never above the cap."""
        off = (basis.amount * (WHOLE - (terms.percent or WHOLE)) / WHOLE).quantize(CENT, ROUND_HALF_UP)
        return off if terms.cap is None else min(off, terms.cap)

    def face_value(self, terms: Terms) -> Decimal:
        """The cap: what it can cost at most."""
        return terms.cap or NOTHING

    def face_text(self, terms: Terms) -> str:
        """8.5折 in Chinese, 15% off in English."""
        percent = terms.percent or WHOLE
        # Chinese counts what is still paid, in tenths; English what comes off. So a translation uses either word.
        text = pgettext("large print of a coupon; the other word is [paid], as in [paid]折", "[off] off")
        return text.replace("[off]", f"{plain(WHOLE - percent)}%").replace("[paid]", plain(percent / 10))

    def condition_text(self, terms: Terms) -> str:
        """From ¥50."""
        return from_amount(terms.threshold)

    def offer_text(self, terms: Terms) -> str:
        """15% off from ¥50, at most ¥30."""
        face = self.face_text(terms)
        if terms.threshold:
            face = _("%(face)s from ¥%(threshold)s") % {"face": face, "threshold": plain(terms.threshold)}
        return joined([face, at_most(terms.cap)])
