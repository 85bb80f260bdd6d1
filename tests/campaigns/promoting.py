"""Promotions and carts for tests: the shortest way to one of each."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from campaigns.models import Promotion
from campaigns.promotions import publish
from campaigns.quotes import Cart, CartLine, Quote
from members.models import Category, Product
from tests.makers import days_ago

THIRTY_OFF = {"steps": [{"from": "200", "off": "30"}]}
GOODS = {
    "grape": ("F001", "阳光玫瑰", "葡萄"),
    "kyoho": ("F002", "巨峰葡萄", "葡萄"),
    "cherry": ("F011", "智利车厘子", "浆果"),
    "berry": ("F012", "云南蓝莓", "浆果"),
    "apple": ("F041", "洛川苹果", "苹果和梨"),
    "pear": ("F042", "库尔勒香梨", "苹果和梨"),
    "banana": ("F031", "海南香蕉", "热带水果"),
    "melon": ("F051", "麒麟西瓜", "瓜"),
}


def make_promotion(
    name: str = "满200减30", *, kind: str = "full_reduction", published: bool = True, **fields: Any
) -> Promotion:
    """A promotion that has held since yesterday for a week: ¥30 off ¥200 unless told otherwise."""
    fields.setdefault("params", THIRTY_OFF if kind == "full_reduction" else {})
    fields.setdefault("starts_at", days_ago(1))
    fields.setdefault("ends_at", fields["starts_at"] + timedelta(days=8))
    promotion = Promotion.objects.create(name=name, kind=kind, **fields)
    if published:
        publish(promotion)
        Promotion.objects.filter(pk=promotion.pk).update(published_at=promotion.starts_at)
        promotion.refresh_from_db()
    return promotion


def stock_shelves() -> Mapping[str, Product]:
    """The goods of the shop with their categories, by their short names."""
    shelves = {}
    for short, (sku, name, category) in GOODS.items():
        group, _new = Category.objects.get_or_create(name=category)
        shelves[short] = Product.objects.get_or_create(sku=sku, defaults={"name": name, "category": group})[0]
    return shelves


def cart_of(text: str, *, delivery: str = "0") -> Cart:
    """A cart from "2 grape 29.90, 1.5 apple 17.80": how much of what at which price."""
    lines = []
    for nth, part in enumerate(text.split(",")):
        quantity, what, price = part.split()
        lines.append(CartLine(str(nth), GOODS.get(what, (what,))[0], Decimal(quantity), Decimal(price)))
    return Cart(lines, Decimal(delivery))


def taken(quote: Quote) -> list[str]:
    """The names of what applied, in order."""
    return [one.offer.name for one in quote.applied]


def passed_over(quote: Quote) -> dict[str, str]:
    """Why each of the others did not apply."""
    return {one.offer.name: one.code for one in quote.not_applied}
