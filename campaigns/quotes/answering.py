"""A chosen combination as an answer: what fell on each line, what did not apply and why, what it would earn."""

from collections.abc import Mapping
from decimal import Decimal

from campaigns.pricing.bill import yuan
from campaigns.pricing.combining import Combination, Company
from campaigns.quotes.answers import Named, NotApplied, Quote, QuotedLine, Share
from campaigns.quotes.cart import Cart
from campaigns.quotes.offers import Offer
from campaigns.quotes.reasons import next_steps, reason
from campaigns.quotes.saying import applied, shares_of
from campaigns.quotes.situation import Scene
from members.ledgers import earning


def answer(cart: Cart, scene: Scene, offers: Mapping[str, Offer], chosen: Combination, most: int) -> Quote:
    """The whole answer; ``most`` is how many coupons a receipt may have."""
    start, bill = scene.bill, chosen.bill
    known: dict[str, Named] = {}

    def name(offer: Offer) -> Named:
        if offer.key not in known:
            known[offer.key] = Named(offer.key, offer.id, offer.family, offer.kind, offer.name, offer.say)
        return known[offer.key]

    company = Company([one.deal for one in chosen.taken], most)
    named = {one.deal.key: name(offers[one.deal.key]) for one in chosen.taken}
    not_taken = [offer for key, offer in offers.items() if key not in named]
    refusals = [(one, one.refusal or reason(one, chosen, company, offers, start)) for one in not_taken]
    goods = sum(bill.left)
    growth, points = _earned(scene, yuan(goods))
    return Quote(
        at=scene.here.at,
        lines=_lines(cart, scene, chosen, named),
        list_total=yuan(sum(start.left)),
        off=yuan(sum(start.left) - goods),
        delivery=yuan(start.delivery),
        delivery_off=yuan(start.delivery - bill.delivery),
        to_pay=yuan(bill.to_pay),
        applied=[applied(one, named[one.deal.key]) for one in chosen.taken],
        not_applied=[NotApplied(name(one), why.code, str(why), why.extra) for one, why in refusals],
        next_steps=next_steps(offers, chosen, company, name),
        growth=growth,
        points=points,
    )


def _lines(cart: Cart, scene: Scene, chosen: Combination, named: Mapping[str, Named]) -> list[QuotedLine]:
    """The lines as the cart named them, with the shares of each deal."""
    start, places = scene.bill, {item.line: place for place, item in enumerate(scene.bill.items)}
    shares: dict[int, list[Share]] = {place: [] for place in places.values()}
    for one in chosen.taken:
        for place, share in shares_of(one, named[one.deal.key]):
            shares[place].append(share)
    quoted = []
    for line in cart.lines:
        place = places[line.line]
        amount, to_pay = yuan(start.left[place]), yuan(chosen.bill.left[place])
        quoted.append(QuotedLine(line, scene.names.sku(line.sku), amount, amount - to_pay, to_pay, shares[place]))
    return quoted


def _earned(scene: Scene, paid: Decimal) -> tuple[int, int]:
    """Growth and points that paying ``paid`` yuan for the goods would earn."""
    here = scene.here
    if here.member is None:
        return 0, 0
    growth, points = earning.per_yuan(
        store_id=here.store.pk, tier_id=here.member.tier_id, at=here.at, benefits=scene.benefits
    )
    return int(paid * growth), int(paid * points)
