"""Coupons as pages show them: the large print, the small print, how long, from whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from coupons import kinds
from coupons.kinds.words import validity_text, when
from coupons.models import Coupon, CouponState, CouponTerms, Origin
from workbench.templatetags.formats import day


@dataclass(frozen=True)
class Card:
    """A coupon. ``is_off`` greys it out."""

    face: str
    condition: str
    title: str
    terms: str
    origin: str = ""
    is_off: bool = False


def card_of_terms(title: str, terms: CouponTerms, *, more: str = "") -> Card:
    """A coupon that might be given."""
    return Card(
        kinds.face_text(terms), kinds.condition_text(terms), title, dotted(validity_text(terms), when(terms), more)
    )


def card_of_coupon(coupon: Coupon, standing: str, *, pack: str = "") -> Card:
    """A coupon in a wallet, where it stands now; ``pack`` is the name of the pack it came with."""
    terms = coupon.terms
    live = standing in (CouponState.ISSUED, CouponState.LOCKED)
    by = coupon.guide.name if coupon.guide else str(Origin(coupon.origin).label)
    given = _("%(who)s, %(date)s") % {"who": by, "date": day(coupon.issued_at)}
    given = dotted(_("Pack: %(pack)s") % {"pack": pack} if pack else "", given)
    words = dotted(_standing_words(coupon, standing), when(terms) if live else "")
    return Card(kinds.face_text(terms), kinds.condition_text(terms), coupon.template.name, words, given, not live)


def last_day(until: datetime) -> str:
    """The last day of a validity whose end is exclusive."""
    return day(until - timedelta(microseconds=1))


def dotted(*parts: str) -> str:
    """The parts that say something, with dots between."""
    return " · ".join(part for part in parts if part)


def _standing_words(coupon: Coupon, standing: str) -> str:
    if standing == CouponState.USED:
        store = coupon.used_store.name if coupon.used_store else ""
        return dotted(_("Used on %(date)s") % {"date": day(coupon.used_at)}, store)
    if standing == CouponState.EXPIRED:
        return _("Ended %(date)s, not used") % {"date": last_day(coupon.valid_until)}
    if standing == CouponState.VOIDED:
        return _("Withdrawn")
    if standing == CouponState.LOCKED:
        return _("At a till now")
    return _("Until %(date)s") % {"date": last_day(coupon.valid_until)}
