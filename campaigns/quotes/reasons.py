"""Why a deal was not taken, and what is missing for more: found from the combination that was."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.pricing.bill import Bill, yuan
from campaigns.pricing.combining import Combination, why_not
from campaigns.pricing.deals import Deal, Missing
from campaigns.quotes.answers import NextStep
from campaigns.quotes.offers import Offer
from coupons.errors import refuse
from coupons.kinds.words import plain
from stores.errors import Refusal

MOST_STEPS_SHOWN = 5


def reason(offer: Offer, chosen: Combination, offers: Mapping[str, Offer], start: Bill, most_coupons: int) -> Refusal:
    """Why the deal of an offer is not among those chosen."""
    deal = offer.deal
    if deal is None:
        raise ValueError("only a deal can have been passed over")
    taken = [one.deal for one in chosen.taken]
    clash, _colon, rival = why_not(deal, taken, most_coupons).partition(":")
    if clash == "clash":
        words = {"other": offers[rival].name}
        return Refusal(
            _("Does not go together with “%(other)s”.") % words, code="stack_conflict", extra={"with": offers[rival].id}
        )
    if clash:
        return refuse("limit_reached", words={"limit": most_coupons}, limit=most_coupons)
    before = bill_before(deal, chosen)
    if deal.effect(before) is not None:
        return Refusal(_("Together with the others it would take less off in all."), code="less_in_all")
    missing = deal.missing(before)
    if missing is not None and missing.cents:
        return _short(missing.cents)
    if missing is not None and missing.pieces:
        short = {"pieces": missing.pieces}
        text = ngettext("%(pieces)s piece short.", "%(pieces)s pieces short.", missing.pieces)
        return Refusal(text % short, code="pieces_short", extra=short)
    if deal.effect(start) is not None:
        return Refusal(_("What it is about is in another offer already."), code="pieces_taken")
    return Refusal(_("It would not make this cart cheaper."), code="nothing_to_gain")


def _short(cents: int) -> Refusal:
    words = {"short": plain(yuan(cents))}
    return Refusal(_("¥%(short)s short.") % words, code="threshold_not_met", extra={"short": yuan(cents)})


def bill_before(deal: Deal, chosen: Combination) -> Bill:
    """The bill that a deal meets in its turn among those chosen."""
    return next((one.before for one in chosen.taken if one.deal.order >= deal.order), chosen.bill)


def next_steps(offers: Mapping[str, Offer], chosen: Combination, name: Any) -> list[NextStep]:
    """What little more would bring, the least first. What clashes with a chosen deal is left out."""
    found = [step for step in _steps(offers, chosen, name)]
    return sorted(found, key=lambda step: (step.short, step.pieces, -step.gain, step.offer.key))[:MOST_STEPS_SHOWN]


def _steps(offers: Mapping[str, Offer], chosen: Combination, name: Any) -> Iterator[NextStep]:
    taken = {one.deal.key: one for one in chosen.taken}
    for offer in offers.values():
        deal = offer.deal
        if deal is None:
            continue
        others = [one.deal for key, one in taken.items() if key != deal.key]
        if why_not(deal, others):
            continue
        missing = deal.missing(bill_before(deal, chosen))
        if missing is not None:
            yield _step(offer, missing, name)


def _step(offer: Offer, missing: Missing, name: Any) -> NextStep:
    named, short, gain = name(offer), yuan(missing.cents), yuan(missing.gain)
    words = {"short": plain(short), "pieces": missing.pieces, "gain": plain(gain), "offer": named.text}
    if missing.cents and missing.gain:
        text = _("¥%(short)s more takes another ¥%(gain)s off: %(offer)s.")
    elif missing.cents:
        text = _("¥%(short)s more: %(offer)s.")
    elif missing.gain:
        text = ngettext(
            "%(pieces)s more piece takes another ¥%(gain)s off: %(offer)s.",
            "%(pieces)s more pieces take another ¥%(gain)s off: %(offer)s.",
            missing.pieces,
        )
    else:
        text = ngettext("%(pieces)s more piece: %(offer)s.", "%(pieces)s more pieces: %(offer)s.", missing.pieces)
    return NextStep(named, short, missing.pieces, gain, text % words)
