"""Why a deal was not taken, and what is missing for more: found from the combination that was."""

from collections.abc import Callable, Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.pricing.bill import Bill, yuan
from campaigns.pricing.combining import Combination, Company
from campaigns.pricing.deals import Deal, Missing
from campaigns.quotes.answers import Named, NextStep
from campaigns.quotes.offers import Offer
from coupons.errors import refuse
from coupons.kinds.words import plain
from stores.errors import Refusal

MOST_STEPS_SHOWN = 5

Naming = Callable[[Offer], Named]


def reason(offer: Offer, chosen: Combination, company: Company, offers: Mapping[str, Offer], start: Bill) -> Refusal:
    """Why the deal of an offer is not among those chosen."""
    deal = offer.deal
    if deal is None:
        raise ValueError("only a deal can have been passed over")
    why, _colon, rival = company.why_not(deal).partition(":")
    if why == "clash":
        text = _("Does not go together with “%(other)s”.") % {"other": offers[rival].name}
        return Refusal(text, code="stack_conflict", extra={"with": offers[rival].id})
    if why:
        return refuse("limit_reached", words={"limit": company.most_coupons}, limit=company.most_coupons)
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


def next_steps(offers: Mapping[str, Offer], chosen: Combination, company: Company, name: Naming) -> list[NextStep]:
    """What little more would bring, the least first. What clashes with a chosen deal is left out."""
    steps = list(_steps(offers, chosen, company, name))
    return sorted(steps, key=lambda step: (step.short, step.pieces, -step.gain, step.offer.key))[:MOST_STEPS_SHOWN]


def _steps(offers: Mapping[str, Offer], chosen: Combination, company: Company, name: Naming) -> Iterator[NextStep]:
    taken = {one.deal.key for one in chosen.taken}
    for key, offer in offers.items():
        deal = offer.deal
        if deal is None or key not in taken and company.why_not(deal):
            continue
        missing = deal.missing(bill_before(deal, chosen))
        if missing is not None:
            yield _step(name(offer), missing)


def _step(named: Named, missing: Missing) -> NextStep:
    short, gain = yuan(missing.cents), yuan(missing.gain)
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
