"""The quote: what a cart costs a buyer in a store at a moment, and why. It changes nothing and is always the same.

Three steps: gather what may come off (a fixed number of questions to the database), choose the best legal combination
(campaigns.pricing, no database), and put it into words.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from campaigns.pricing import combining
from campaigns.pricing.combining import Combination
from campaigns.quotes.answering import answer
from campaigns.quotes.answers import Quote
from campaigns.quotes.cart import Cart
from campaigns.quotes.gathering import benefit_offers, coupon_offers, not_here, promotion_offers
from campaigns.quotes.offers import Offer
from campaigns.quotes.situation import Scene, Situation, look_around
from coupons.quoting import candidates
from coupons.verdicts import PER_RECEIPT
from members.models import Member
from stores.ids import public_id
from stores.models import Store


@dataclass(frozen=True)
class Choice:
    """What may come off a cart: the offers by key, and the keys of those that were asked for."""

    scene: Scene
    offers: Mapping[str, Offer]
    wanted: frozenset[str]


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
    choice = gather(cart, Situation(store, channel, at or timezone.now(), member, order_no), coupons, promotions)
    return answer(cart, choice.scene, choice.offers, choose(choice), PER_RECEIPT.value)


def gather(
    cart: Cart, here: Situation, coupons: Sequence[str] | None = None, promotions: Collection[int] | None = None
) -> Choice:
    """What may come off a cart in a situation, as ``quote`` is asked for it."""
    scene = look_around(cart, here)
    asked = None if promotions is None else {f"promotion:{pk}": public_id("prm", pk) for pk in promotions}
    offers = {offer.key: offer for offer in _offers(scene, coupons, asked)}
    codes = [key for key in offers if coupons and key.startswith("coupon:")]
    return Choice(scene, offers, frozenset([*(asked or ()), *codes]))


def choose(choice: Choice) -> Combination:
    """The best of it."""
    deals = [offer.deal for offer in choice.offers.values() if offer.deal is not None]
    return combining.best(choice.scene.bill, deals, wanted=choice.wanted, most_coupons=PER_RECEIPT.value)


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
