"""The quote: what a cart costs a buyer in a store at a moment, and why. It changes nothing and is always the same."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from campaigns.pricing import combining
from campaigns.pricing.bill import yuan
from campaigns.pricing.combining import Combination, Company
from campaigns.quotes.answers import Named, NotApplied, Quote, QuotedLine, Share
from campaigns.quotes.cart import Cart
from campaigns.quotes.gathering import benefit_offers, coupon_offers, not_here, promotion_offers
from campaigns.quotes.offers import Offer
from campaigns.quotes.reasons import next_steps, reason
from campaigns.quotes.saying import applied, shares_of
from campaigns.quotes.situation import Scene, Situation, look_around
from coupons.quoting import candidates
from coupons.verdicts import PER_RECEIPT
from members.ledgers import earning
from members.models import Member
from stores.ids import public_id
from stores.models import Store


def quote(
    cart: Cart,
    *,
    store: Store,
    channel: str = "pos",
    member: Member | None = None,
    at: datetime | None = None,
    coupons: Sequence[str] | None = None,
    promotions: Collection[int] | None = None,
    order_no: str = "",
) -> Quote:
    """The best legal combination for a cart, or the best that holds what is asked for.

    ``coupons`` None means the best of the member's wallet; codes mean these and no others, as far as they go. So do
    the keys in ``promotions``. ``at`` is the moment that counts (now), ``order_no`` the receipt that may hold coupons.
    """
    here = Situation(store, channel, at or timezone.now(), member, order_no)
    scene = look_around(cart, here)
    asked = None if promotions is None else {f"promotion:{pk}": public_id("prm", pk) for pk in promotions}
    offers = {offer.key: offer for offer in _offers(scene, coupons, asked)}
    most = PER_RECEIPT.value
    deals = [offer.deal for offer in offers.values() if offer.deal is not None]
    wanted = {*(asked or ()), *(key for key in offers if coupons and key.startswith("coupon:"))}
    chosen = combining.best(scene.bill, deals, wanted=wanted, most_coupons=most)
    return _answer(cart, scene, offers, chosen, most)


def _offers(scene: Scene, coupons: Sequence[str] | None, asked: Mapping[str, str] | None) -> Iterator[Offer]:
    """All that may come off, or what was ``asked`` for of it: the keys of promotions with their public ids."""
    here, promotions = scene.here, {offer.key: offer for offer in promotion_offers(scene)}
    if asked is None:
        yield from promotions.values()
    else:
        yield from (promotions.get(key) or not_here(key, name) for key, name in asked.items())
    yield from benefit_offers(scene)
    if coupons is None or coupons:
        found = candidates(
            here.member, store=here.store, channel=here.channel, at=here.at, order_no=here.order_no, codes=coupons
        )
        yield from coupon_offers(found, scene.bill)


def _answer(cart: Cart, scene: Scene, offers: Mapping[str, Offer], chosen: Combination, most: int) -> Quote:
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
