"""The shop in which worked examples are set, and the short words in which they say what is on offer there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from campaigns import memberdays
from campaigns.models import Promotion
from campaigns.quotes import Quote, quote
from coupons.models import Coupon
from members.models import Benefit, BenefitKind, Category, Member
from stores.models import Store
from tests.campaigns.promoting import GOODS, cart_of, make_promotion, stock_shelves
from tests.makers import make_coupon, make_member, make_member_day, make_store, make_template, make_tiers


@dataclass(frozen=True)
class Shop:
    """A store and the member who stands at the till."""

    store: Store
    member: Member

    def quote(self, cart: str, *, delivery: str = "0", **how: Any) -> Quote:
        """What the cart costs the member here."""
        return quote(cart_of(cart, delivery=delivery), store=self.store, **({"member": self.member} | how))


Offer = Callable[[Shop], Any]


def open_shop(tier: str = "plain") -> Shop:
    """The store by the river with all its goods and no benefits but those an example gives."""
    stock_shelves()
    Benefit.objects.all().delete()
    return Shop(make_store("滨河路店"), make_member("张晓梅", tier=tier))


def _scope(on: str) -> dict[str, Any]:
    """ "葡萄" is a category, "grape" a product."""
    if not on:
        return {}
    if on in GOODS:
        return {"skus": [GOODS[on][0]]}
    return {"category_ids": [Category.objects.get(name=on).pk]}


def _promotion(kind: str, params: dict[str, Any], name: str, on: str = "", **fields: Any) -> Promotion:
    return make_promotion(name, kind=kind, params=params, **_scope(on), **fields)


def full(text: str, *, name: str = "满减", **fields: Any) -> Offer:
    """ "200-30 300-60": ¥30 off ¥200, ¥60 off ¥300."""
    steps = [dict(zip(("from", "off"), step.split("-"), strict=True)) for step in text.split()]
    return lambda shop: _promotion("full_reduction", {"steps": steps}, name, **fields)


def each(text: str, *, most: str | None = None, **fields: Any) -> Offer:
    """ "100-10": ¥10 off each full ¥100."""
    step = dict(zip(("from", "off"), text.split("-"), strict=True))
    return lambda shop: _promotion(
        "full_reduction", {"steps": [step], "repeats": True, "most": most}, "每满减", **fields
    )


def nth(number: int, paid: str, *, same: bool = True, most: int | None = None, **fields: Any) -> Offer:
    """The nth piece at ``paid`` percent."""
    params = {"nth": number, "paid": paid, "same_item": same, "most": most}
    return lambda shop: _promotion("nth_item", params, "第几件", **fields)


def bundle(text: str, price: str, *, most: int | None = None) -> Offer:
    """ "1 grape, 1 apple" or "3 浆果" for one price."""

    def make(shop: Shop) -> Promotion:
        parts = []
        for part in text.split(","):
            count, what = part.split()
            scope = _scope(what)
            category = scope["category_ids"][0] if "category_ids" in scope else None
            parts.append({"count": int(count), "skus": scope.get("skus", []), "category": category})
        return _promotion("bundle", {"parts": parts, "price": price, "most": most}, "套餐")

    return make


def flash(text: str, *, stock: int | None = None, limit: int | None = None, **fields: Any) -> Offer:
    """ "cherry 29.90, grape 15" while the stock lasts."""
    pairs = [part.split() for part in text.split(",")]
    params = {"prices": [{"sku": GOODS[what][0], "price": price} for what, price in pairs]}
    return lambda shop: _promotion("flash_price", params, "秒杀", stock=stock, member_limit=limit, **fields)


def percent(tiers: dict[str, str], *, start: str | None = None, most: str | None = None, **fields: Any) -> Offer:
    """A percentage still paid, by tier."""

    def make(shop: Shop) -> Promotion:
        rows = [{"tier": make_tiers()[tier].pk, "paid": paid} for tier, paid in tiers.items()]
        return _promotion("tier_percent", {"percents": rows, "from": start, "most": most}, "等级折扣", **fields)

    return make


def day_percent(tiers: dict[str, str], *, days: int = 0, of: Sequence[str] = ()) -> Offer:
    """A percentage by tier on a member day: today, or so many days later; ``of`` are the tiers the day is for."""

    def make(shop: Shop) -> Promotion:
        on = timezone.localdate() + timedelta(days=days)
        own = [make_tiers()[tier] for tier in of]
        day = make_member_day("会员日", recurrence=f"FREQ=MONTHLY;BYMONTHDAY={on.day}", tiers=own)
        memberdays.publish(day)
        return percent(tiers, member_day=day)(shop)

    return make


def gift(start: str | None = None, *, pieces: int | None = None, most: int | None = None, **fields: Any) -> Offer:
    """A yoghurt from an amount or a number of pieces on; with ``most`` again and again up to so often."""
    gifts = [{"name": "酸奶", "sku": "F071", "value": "8.80", "quantity": 1}]
    params = {"gifts": gifts, "from": start, "pieces": pieces, "repeats": most is not None, "most": most}
    return lambda shop: _promotion("gift", params, "满赠", **fields)


def benefit(kind: BenefitKind, value: str | None = None) -> Offer:
    """A benefit of the member's tier."""
    number = Decimal(value) if value else None
    return lambda shop: Benefit.objects.create(tier=shop.member.tier, kind=kind, title="权益", value=number)


def coupon(name: str = "券", *, on: str = "", **terms: Any) -> Offer:
    """A coupon in the member's wallet, ¥10 off ¥60 unless told otherwise."""

    def make(shop: Shop) -> Coupon:
        fields = {key: Decimal(value) if isinstance(value, str) and value.replace(".", "").isdecimal() else value
                  for key, value in terms.items()}  # fmt: skip
        return make_coupon(shop.member, template=make_template(name, **fields, **_scope(on)))

    return make


def off(threshold: str, amount: str, **terms: Any) -> Offer:
    """A coupon of ¥amount off from ¥threshold."""
    return coupon(f"满{threshold}减{amount}", kind="amount_off", threshold=threshold, amount_off=amount, **terms)


def cut(threshold: str, paid: str, cap: str = "30", **terms: Any) -> Offer:
    """A coupon with which ``paid`` percent are still paid, ``cap`` yuan off at most."""
    return coupon(f"付{paid}%", kind="percent_off", threshold=threshold, percent=paid, cap=cap, **terms)


def tasting(threshold: str = "0", **terms: Any) -> Offer:
    """A coupon for something to taste."""
    return coupon("试吃", kind="gift", gift_name="车厘子 50g", gift_value="9.90", threshold=threshold, **terms)


def price(yuan: str, on: str, *, cap: str = "30", **terms: Any) -> Offer:
    """A coupon with which one piece costs ``yuan``, ``cap`` yuan off at most."""
    return coupon(f"一件{yuan}", kind="fixed_price", fixed_price=yuan, cap=cap, on=on, **terms)


def shipping(threshold: str = "0", cap: str = "8", **terms: Any) -> Offer:
    """A coupon for a free delivery, ``cap`` yuan off at most."""
    return coupon("免运费", kind="free_shipping", threshold=threshold, cap=cap, **terms)


def one_for(price: str, *, on: str, cap: str = "99", **terms: Any) -> Offer:
    """A coupon with which one piece costs ``price``, ``cap`` yuan off at most."""
    return coupon(f"{price}元一件", kind="fixed_price", fixed_price=price, cap=cap, on=on, **terms)


def delivered(threshold: str = "0", *, cap: str = "99", **terms: Any) -> Offer:
    """A coupon for a free delivery, ``cap`` yuan off at most."""
    return coupon("免运券", kind="free_shipping", threshold=threshold, cap=cap, **terms)
