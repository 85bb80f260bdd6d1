"""One piece of certain products at a fixed price (特价券): the dearest on the receipt."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from coupons.errors import CouponRefused, refuse
from coupons.kinds.base import NOTHING, Basis, Goods, Kind, Problem, Terms
from coupons.kinds.words import at_most, from_amount, joined, plain


class FixedPrice(Kind):
    """The dearest piece of the products costs ``fixed_price`` yuan, as far as that is at most ``cap`` yuan less."""

    fields = ("threshold", "fixed_price", "cap")
    discount_sql = "least(greatest(coalesce(bill.piece, 0) - terms.fixed_price, 0), coalesce(terms.cap, 'Infinity'))"

    def problems(self, terms: Terms) -> list[Problem]:
        """Needs a price, the products it is for, and a cap, without which its cost has no end."""
        found: list[Problem] = []
        if terms.fixed_price is None or terms.fixed_price < 0:
            found.append(("fixed_price", _("Say what one piece costs with the coupon.")))
        if terms.cap is None or terms.cap <= 0:
            found.append(("cap", _("Say the most it may take off. Without a cap nobody knows what it costs.")))
        if not terms.skus and not terms.category_ids:
            found.append(("skus", _("Choose the products or categories of which one piece gets this price.")))
        return found

    def discount(self, terms: Terms, basis: Basis) -> Decimal:
        """The difference to the present price of the dearest piece; nothing when it is cheaper already."""
        off = max((basis.piece or NOTHING) - (terms.fixed_price or NOTHING), NOTHING)
        return off if terms.cap is None else min(off, terms.cap)

    def refusal(self, terms: Terms, basis: Basis) -> CouponRefused | None:
        """Goods by weight have no piece, and for a piece that is cheap already the coupon would be wasted."""
        if basis.piece is None:
            return refuse("no_piece", skus=list(terms.skus), lines_needed=not basis.goods)
        price = terms.fixed_price or NOTHING
        if basis.piece > price:
            return None
        words = {"piece": plain(basis.piece), "price": plain(price)}
        return refuse("piece_is_cheaper", words=words, piece=basis.piece, fixed_price=price)

    def bearers(self, terms: Terms, goods: Sequence[Goods]) -> Sequence[int]:
        """The line of the dearest piece, the first of several."""
        prices = [(-line.piece, place) for place, line in enumerate(goods) if line.piece is not None]
        return [min(prices)[1]] if prices else ()

    def face_value(self, terms: Terms) -> Decimal:
        """The cap: what it can cost at most."""
        return terms.cap or NOTHING

    def face_text(self, terms: Terms) -> str:
        """The price: ¥9.9."""
        return f"¥{plain(terms.fixed_price or NOTHING)}"

    def condition_text(self, terms: Terms) -> str:
        """One piece of the products, from which bill on."""
        bound = from_amount(terms.threshold) if terms.threshold else ""
        return joined([_("one piece of certain products"), bound])

    def offer_text(self, terms: Terms) -> str:
        """One piece for ¥9.9, at most ¥30 off."""
        words = {"price": plain(terms.fixed_price or NOTHING), "threshold": plain(terms.threshold)}
        if terms.threshold:
            offer = _("one piece of certain products for ¥%(price)s from ¥%(threshold)s") % words
        else:
            offer = _("one piece of certain products for ¥%(price)s") % words
        return joined([offer, at_most(terms.cap)])
