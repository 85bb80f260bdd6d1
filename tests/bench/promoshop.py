"""A shop for the benchmark of quotes: 40 products, 30 live promotions of every kind, and a member with 10 coupons."""

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from campaigns.models import Promotion, PromotionState
from campaigns.quotes import Cart, CartLine
from coupons import catalogue
from coupons.drafts import TermsDraft
from coupons.issuing import issue_coupon
from members.membercodes import new_code
from members.models import Category, Member, Product, Tier
from stores.models import Region, Store
from stores.places import place_region

LINES, PROMOTIONS, COUPONS = 20, 30, 10
PRICES = ("6.90", "8.80", "15.90", "16.80", "19.90", "29.80", "39.90", "69.00", "128.00")


def build(dice: Random) -> tuple[Store, Member]:
    """A store with 40 products, 30 promotions of every kind, and a member with 10 coupons."""
    store = Store.objects.create(code="bench", name="Bench", region=place_region(Region(code="bench", name="Bench")))
    groups = Category.objects.bulk_create(Category(name=f"C{nth}") for nth in range(8))
    Product.objects.bulk_create(
        Product(sku=f"F{nth:03d}", name=f"Product {nth}", category=groups[nth % len(groups)]) for nth in range(40)
    )
    tier = Tier.objects.order_by("-threshold").first()
    member = Member.objects.create(
        code=new_code(), name="张晓梅", joined_at=timezone.now(), tier=tier, tier_since=timezone.now(), home_store=store
    )
    now = timezone.now()
    Promotion.objects.bulk_create(
        Promotion(
            name=f"P{nth}",
            state=PromotionState.PUBLISHED,
            starts_at=now - timedelta(days=1),
            ends_at=now + timedelta(days=9),
            published_at=now - timedelta(days=1),
            **given,
        )
        for nth, given in enumerate(promotions(dice, [group.pk for group in groups], tier))
    )
    for nth in range(COUPONS):
        issue_coupon(template(dice, nth, groups), member, origin="staff")
    return store, member


def promotions(dice: Random, groups: list[int], tier: Tier | None) -> list[dict[str, Any]]:
    """What 30 promotions give: eight flash prices, six second items, four bundles, seven reductions, two percentages,
    three gifts; some in groups, some that do not go with coupons or with others."""
    flash = [{"kind": "flash_price", "member_limit": 2, "params": {"prices": [
        {"sku": sku(dice), "price": "5.90"} for _nth in range(2)]}} for _nth in range(8)]  # fmt: skip
    second = [{"kind": "nth_item", "category_ids": dice.sample(groups, 2), "params": {
        "nth": 2, "paid": "50", "same_item": nth % 2 == 0}} for nth in range(6)]  # fmt: skip
    bundles = [{"kind": "bundle", "params": {"price": "19.90", "parts": [
        {"skus": [sku(dice)], "count": 1}, {"skus": [sku(dice)], "count": 1}]}} for _nth in range(4)]  # fmt: skip
    reductions = [{"kind": "full_reduction", "category_ids": dice.sample(groups, 3) if nth % 2 else [],
                   "stack_group": "full" if nth < 4 else "", "params": {"steps": [
                       {"from": str(100 + 50 * nth), "off": str(8 + 5 * nth)},
                       {"from": str(200 + 100 * nth), "off": str(20 + 12 * nth)}]}} for nth in range(7)]  # fmt: skip
    percents = [{"kind": "tier_percent", "stack_group": "tier", "params": {
        "percents": [{"tier": tier.pk if tier else 0, "paid": paid}]}} for paid in ("95", "92")]  # fmt: skip
    gifts = [{"kind": "gift", "params": {"from": str(99 * (nth + 1)), "gifts": [
        {"name": "G", "sku": "", "value": "9.90", "quantity": 1}]}} for nth in range(3)]  # fmt: skip
    found = [*flash, *second, *bundles, *reductions, *percents, *gifts]
    for nth, given in enumerate(found):
        given["excludes"] = ["coupon"] if nth % 7 == 3 else ["promotion"] if nth % 11 == 5 else []
    return found[:PROMOTIONS]


def template(dice: Random, nth: int, groups: list[Category]) -> Any:
    """A coupon: amounts and percentages, on everything or some categories, some in a stack group."""
    common = {
        "threshold": Decimal(dice.choice([39, 59, 99, 199])),
        "valid_days": 7 + nth,
        "category_ids": [group.pk for group in dice.sample(groups, 3)] if nth % 3 == 2 else [],
        "stack_group": "a" if nth % 2 else "",
    }
    terms = (
        TermsDraft(kind="percent_off", percent=Decimal(85), cap=Decimal(30), **common)
        if nth % 3 == 1
        else TermsDraft(kind="amount_off", amount_off=Decimal(5 + nth), **common)
    )
    return catalogue.publish(catalogue.create_template(name=f"T{nth}", terms=terms, by=None), None)


def cart_of(dice: Random) -> Cart:
    """Twenty lines of one to three pieces, and delivery."""
    skus = dice.sample(range(40), LINES)
    lines = [
        CartLine(str(nth), f"F{number:03d}", Decimal(dice.randrange(1, 4)), Decimal(dice.choice(PRICES)))
        for nth, number in enumerate(skus)
    ]
    return Cart(lines, Decimal(6))


def sku(dice: Random) -> str:
    """One of the products."""
    return f"F{dice.randrange(40):03d}"
