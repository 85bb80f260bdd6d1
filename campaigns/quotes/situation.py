"""Who buys what, where, through which channel and when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from campaigns.pricing.bill import Bill
from campaigns.promotions.kinds import REGISTRY, Names
from campaigns.promotions.live import Live, live_promotions
from campaigns.promotions.wording import category_names, tier_names
from campaigns.quotes.cart import Cart
from members.benefitkinds import type_of
from members.benefits import BenefitLeft, remaining, uses_of
from members.models import Benefit, BenefitKind, Member
from stores.models import Store
from stores.places import business_day

OFF_BILLS = (BenefitKind.PERCENT_OFF, BenefitKind.FREE_SHIPPING)  # benefits that take something off a bill
# As plain SQL, like the other questions a quote asks: to build the same statement anew costs more than to run it.
BENEFITS = """
    SELECT id, tier_id, kind, title, value, quota, period, is_active FROM members_benefit
     WHERE tier_id = %(tier)s AND is_active AND kind = ANY (%(kinds)s) ORDER BY kind, title, id
"""
PRODUCTS = "SELECT sku, name, category_id FROM members_product WHERE sku = ANY (%s)"


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
    """The bill at list prices, the promotions of the day, what the buyer's tier gives, how much is left of what it
    takes off bills, and what people call products, categories and tiers."""

    here: Situation
    bill: Bill
    live: list[Live]
    benefits: list[Benefit]
    benefits_left: list[BenefitLeft]
    names: Names


def look_around(cart: Cart, here: Situation) -> Scene:
    """What a cart meets in a situation. Four queries, and two for names of categories and tiers where needed."""
    member_id = here.member.pk if here.member else None
    live = live_promotions(here.store, channel=here.channel, at=here.at, member_id=member_id)
    skus = cart.skus | {sku for one in live for sku in _named(one)}
    products = _on_file(skus)
    names = Names({sku: name for sku, name, _category in products}, category_names(), tier_names())
    known = {sku: category for sku, _name, category in products}
    told = any(line.category and line.sku not in known for line in cart.lines)
    by_name = {name: pk for pk, name in names.categories.items()} if told else {}
    own = _benefits(here.member) if here.member else []
    left = _left(here.member, here.at, [one for one in own if one.kind in OFF_BILLS]) if here.member else []
    return Scene(here, cart.bill(known, by_name), live, own, left, names)


def _on_file(skus: Collection[str]) -> list[tuple[str, str, int | None]]:
    """SKU, name and category of products that are on file."""
    with connection.cursor() as cursor:
        cursor.execute(PRODUCTS, [list(skus)])
        return cursor.fetchall()


def _benefits(member: Member) -> list[Benefit]:
    """The active benefits of the member's tier that matter for a bill or for what it earns."""
    kinds = [*OFF_BILLS, BenefitKind.POINTS_FACTOR]
    return list(Benefit.objects.raw(BENEFITS, {"tier": member.tier_id, "kinds": kinds}))


def _left(member: Member, at: datetime, benefits: Sequence[Benefit]) -> list[BenefitLeft]:
    """What is left of benefits; what was used of them is asked only where there is a limit."""
    limited = any(type_of(benefit).limit(benefit) is not None for benefit in benefits)
    used = uses_of([member])[member.pk] if limited else ()
    day = business_day(member.home_store, at)
    return [remaining(benefit, member, day, used) for benefit in benefits]


def _named(one: Live) -> set[str]:
    """Products that the words about a promotion name."""
    return {*one.promotion.skus, *REGISTRY[one.promotion.kind].skus(one.given)}
