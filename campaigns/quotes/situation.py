"""Who buys what, where, through which channel and when."""

from dataclasses import dataclass
from datetime import datetime

from campaigns.pricing.bill import Bill
from campaigns.promotions.kinds import REGISTRY, Names
from campaigns.promotions.live import Live, live_promotions
from campaigns.promotions.wording import category_names, tier_names
from campaigns.quotes.cart import Cart
from members.benefitkinds import type_of
from members.benefits import BenefitLeft, benefits_of, remaining, uses_of
from members.models import Member, Product
from stores.models import Store
from stores.places import business_day


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
    """The bill at list prices, the promotions of the day, what the buyer's tier gives and how much of it is left, and
    what people call products, categories and tiers."""

    here: Situation
    bill: Bill
    live: list[Live]
    benefits: list[BenefitLeft]
    names: Names


def look_around(cart: Cart, here: Situation) -> Scene:
    """What a cart meets in a situation. Four queries, and two for names of categories and tiers where needed."""
    member_id = here.member.pk if here.member else None
    live = live_promotions(here.store, channel=here.channel, at=here.at, member_id=member_id)
    skus = cart.skus | {sku for one in live for sku in _named(one)}
    products = list(Product.objects.filter(sku__in=skus).order_by().values_list("sku", "name", "category_id"))
    names = Names({sku: name for sku, name, _category in products}, category_names(), tier_names())
    known = {sku: category for sku, _name, category in products}
    told = any(line.category and line.sku not in known for line in cart.lines)
    by_name = {name: pk for pk, name in names.categories.items()} if told else {}
    benefits = _benefits(here.member, here.at) if here.member else []
    return Scene(here, cart.bill(known, by_name), live, benefits, names)


def _benefits(member: Member, at: datetime) -> list[BenefitLeft]:
    """What the member's tier gives; what was used of it is asked only where there is a limit."""
    own = benefits_of(member)
    limited = any(type_of(benefit).limit(benefit) is not None for benefit in own)
    used = uses_of([member])[member.pk] if limited else ()
    day = business_day(member.home_store, at)
    return [remaining(benefit, member, day, used) for benefit in own]


def _named(one: Live) -> set[str]:
    """Products that the words about a promotion name."""
    return {*one.promotion.skus, *REGISTRY[one.promotion.kind].skus(one.given)}
