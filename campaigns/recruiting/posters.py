"""What stands on a poster: the store, an invitation, the code to be scanned."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from campaigns.models import ChannelCode
from campaigns.recruiting import codes
from coupons import kinds

SIZES = ("a4", "a6")


@dataclass(frozen=True)
class Poster:
    """A poster. ``qr`` is SVG."""

    title: str
    store_name: str
    words: str
    address: str
    qr: str


def poster_of(code: ChannelCode, base: str) -> Poster:
    """The poster of a code whose page lies below ``base``."""
    address = base.rstrip("/") + codes.path(code.code)
    terms = code.template.terms if code.template else None
    words = _("Become a member and get %(gift)s") % {"gift": kinds.offer_text(terms)} if terms else ""
    words = words or (_("Become a member and get %(gift)s") % {"gift": code.pack.name} if code.pack else "")
    store_name = code.store.name if code.store else code.name
    return Poster(code.name, store_name, words or _("Become a member"), address, codes.qr_svg(address))
