"""A quote changes nothing, is always the same, asks a fixed number of questions, and keeps what every price must."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.pricing.deals import Family
from campaigns.quotes import Cart, CartLine, Quote
from campaigns.quotes.quoting import quote
from coupons.models import Coupon
from members.models import BenefitKind
from tests.campaigns.promoting import GOODS
from tests.campaigns.quotes.shop import Shop, benefit, bundle, cut, each, flash, full, gift, nth, off, percent, tasting
from tests.campaigns.quotes.shop import open_shop as open_one
from tests.makers import make_coupon, make_store, make_template

pytestmark = pytest.mark.django_db
MOST_QUERIES = 8


def open_shop() -> Shop:
    """A shop with something of everything on offer."""
    shop = open_one("gold")
    for offer in (
        full("100-8 200-25"), each("60-5", on="浆果", excludes=["coupon"]), nth(2, "50", same=False, on="葡萄"),
        bundle("1 apple, 1 pear", "25"), flash("cherry 29.90, melon 9", limit=3), percent({"gold": "95"}),
        full("90-20", excludes=["promotion"]), gift("99"), benefit(BenefitKind.PERCENT_OFF, "5"),
        benefit(BenefitKind.FREE_SHIPPING), off("60", "10"), off("60", "10"), off("40", "6", stack_group="a"),
        cut("50", "85", stack_group="a"), off("30", "9", on="浆果"), tasting(),
    ):  # fmt: skip
        offer(shop)
    return shop


def random_cart(dice: Random, lines: int = 5) -> Cart:
    """Some goods, some by weight, some twice."""
    found = []
    for nth_line in range(dice.randrange(1, lines + 1)):
        sku = GOODS[dice.choice(sorted(GOODS))][0]
        quantity = Decimal(dice.randrange(1, 4)) if dice.random() < 0.8 else Decimal(dice.randrange(200, 3000)) / 1000
        found.append(CartLine(str(nth_line), sku, quantity, Decimal(dice.randrange(300, 6000)) / 100))
    return Cart(found, Decimal(dice.choice([0, 6])))


def asked(shop: Shop, cart: Cart, **how) -> Quote:
    return quote(cart, store=shop.store, member=shop.member, at=AT, **how)


AT = timezone.now()


def test_what_every_quote_keeps():
    shop = open_shop()
    for seed in range(40):
        dice = Random(seed)
        cart = random_cart(dice)
        found = asked(shop, cart)
        assert found.list_total == sum(line.amount for line in cart.lines)
        assert found.to_pay == found.list_total - found.off + found.delivery - found.delivery_off >= 0
        for line in found.lines:
            assert 0 <= line.to_pay == line.amount - line.off <= line.amount, seed
            assert sum(share.off for share in line.shares) == line.off, seed
        assert sum(one.off for one in found.applied) == found.off
        assert asked(shop, cart) == found
        shuffled = list(cart.lines)
        dice.shuffle(shuffled)
        again = asked(shop, replace(cart, lines=shuffled))
        assert again.to_pay == found.to_pay, seed
        assert {one.line: one.to_pay for one in again.lines} == {one.line: one.to_pay for one in found.lines}, seed


def test_more_in_the_cart_never_makes_another_line_cost_more_than_its_list_price():
    shop = open_shop()
    for seed in range(15):
        cart = random_cart(Random(seed))
        more = CartLine("more", "F011", Decimal(2), Decimal("39.90"))
        for line in asked(shop, replace(cart, lines=[*cart.lines, more])).lines:
            assert line.to_pay <= line.amount, seed


def test_the_chosen_combination_is_at_least_as_good_as_any_single_offer():
    shop = open_shop()
    for seed in range(8):
        cart = random_cart(Random(seed))
        found = asked(shop, cart)
        offers = [one.offer for one in (*found.applied, *found.not_applied)]
        for offer in offers:
            if offer.family == Family.BENEFIT:
                continue
            key = int(offer.key.partition(":")[2]) if offer.family == Family.PROMOTION else offer.id
            promotions = [key] if offer.family == Family.PROMOTION else []
            coupons = [key] if offer.family == Family.COUPON else []
            single = asked(shop, cart, promotions=promotions, coupons=coupons)
            assert found.to_pay <= single.to_pay, (seed, offer.name)


def test_a_quote_changes_nothing():
    shop = open_shop()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        assert asked(shop, random_cart(Random(3))).applied
        with pytest.raises(DatabaseError), transaction.atomic():  # control: the transaction does refuse to write
            Coupon.objects.update(state="used")
        transaction.set_rollback(True)


def count(shop: Shop, cart: Cart, **how) -> int:
    with CaptureQueriesContext(connection) as queries:
        asked(shop, cart, **how)
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_the_cart_or_the_offers():
    shop = open_shop()
    asked(shop, random_cart(Random(1)))  # settings are remembered from here on
    before = count(shop, random_cart(Random(1), lines=1))
    elsewhere = make_store("徐家汇店")
    for nth_template in range(6):
        full(f"{50 + nth_template}-3")(shop)
        make_coupon(shop.member, template=make_template(f"别店{nth_template}", store_ids=[elsewhere.pk]))
        make_coupon(shop.member, template=make_template(f"普卡{nth_template}", tier_ids=[10**9]))
    cart = random_cart(Random(2), lines=20)
    first, after = count(shop, cart), count(shop, cart)
    assert after <= before + 2 <= MOST_QUERIES  # names of stores and of tiers
    assert first == after + 2  # what promotions and terms of coupons say is read once
    assert count(shop, random_cart(Random(2)), coupons=[]) < before
