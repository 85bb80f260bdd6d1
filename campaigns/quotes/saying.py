"""What a deal that was taken did, in words: in all, and on each line."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.pricing.bill import yuan
from campaigns.pricing.combining import Taken
from campaigns.quotes.answers import HERE, Applied, Named, Share


def shown(cents: int) -> str:
    """Cents as people write yuan: 12, 12.5, 12.34."""
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def applied(one: Taken, offer: Named) -> Applied:
    """What a deal did in all."""
    effect = one.effect
    text = _("%(offer)s: ¥%(off)s off") if effect.total else "%(offer)s"
    base, off = one.before.base(one.deal.lines), effect.total - effect.delivery_off
    sentence = text % {"offer": offer.text, "off": shown(effect.total)}
    return Applied(offer, yuan(base), yuan(off), yuan(effect.delivery_off), effect.gifts, sentence)


def shares_of(one: Taken, offer: Named) -> Iterator[tuple[int, Share]]:
    """What a deal did to each line, by its place on the bill."""
    off, pieces = one.effect.off, one.effect.pieces
    said = _shared(one, offer)
    if not pieces:
        for place, less in off.items():
            yield place, Share(offer, yuan(less), 0, said)
        return
    for place in sorted({*off, *pieces}):
        less, used = off.get(place, 0), pieces.get(place, 0)
        yield place, Share(offer, yuan(less), used, _pieces(used, offer, less) if used else said)


def _shared(one: Taken, offer: Named) -> str:
    """The sentence for a line with a part of what comes off."""
    whole = _("%(offer)s: ¥%(off)s off") if len(one.effect.off) == 1 else _("%(offer)s: ¥%(off)s of ¥%(total)s off")
    return whole % {"offer": offer.text, "off": HERE, "total": shown(one.effect.total)}


def _pieces(count: int, offer: Named, less: int) -> str:
    """The sentence for a line with pieces that a deal used up."""
    if less:
        text = ngettext("%(offer)s: ¥%(off)s off %(pieces)s piece", "%(offer)s: ¥%(off)s off %(pieces)s pieces", count)
    else:
        text = ngettext("%(offer)s: %(pieces)s piece counts", "%(offer)s: %(pieces)s pieces count", count)
    return text % {"offer": offer.text, "off": HERE, "pieces": count}
