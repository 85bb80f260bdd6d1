"""Who buys what, where, through which channel and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns.pricing.bill import Bill
from campaigns.promotions.kinds import REGISTRY, Names
from campaigns.promotions.live import Live, live_promotions
from campaigns.quotes.cart import Cart
from members.models import Category, Member, Product, Tier
from stores.models import Store


@dataclass(frozen=True)
class Situation:
    """Where the cart is, whose it is (None for somebody unknown), and the moment that counts.

    ``order_no`` is the receipt that may hold coupons already.
    """

    store: Store
    channel: str
    at: datetime
    member: Member | None = None
    order_no: str = ""

    @property
    def tier_id(self) -> int | None:
        """The tier of the buyer."""
        return self.member.tier_id if self.member else None


@dataclass(frozen=True)
class Scene:
    """The bill at list prices, the promotions of the day, and what people call products, categories and tiers."""

    here: Situation
    bill: Bill
    live: list[Live]
    names: Names


def look_around(cart: Cart, here: Situation) -> Scene:
    """What a cart meets in a situation. Four queries."""
    live = live_promotions(here.store, channel=here.channel, at=here.at)
    skus = cart.skus | {sku for one in live for sku in _named(one)}
    products = list(Product.objects.filter(sku__in=skus).values_list("sku", "name", "category_id"))
    categories: Mapping[int, str] = dict(Category.objects.values_list("pk", "name"))
    tiers: Mapping[int, str] = dict(Tier.objects.values_list("pk", "name"))
    names = Names({sku: name for sku, name, _category in products}, categories, tiers)
    by_name = {name: pk for pk, name in categories.items()}
    return Scene(here, cart.bill({sku: category for sku, _name, category in products}, by_name), live, names)


def _named(one: Live) -> set[str]:
    """Products that the words about a promotion name."""
    return {*one.promotion.skus, *REGISTRY[one.promotion.kind].skus(one.given)}
