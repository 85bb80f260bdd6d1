"""A quote and the till agree: what a coupon takes off in the quote is what redeeming it takes off."""

from decimal import Decimal
from random import Random

import pytest

from campaigns.pricing.deals import Family
from campaigns.quotes import couponkinds
from coupons import redemption
from coupons.kinds import REGISTRY
from coupons.receipts import Line
from members.models import Category
from tests.campaigns.promoting import GOODS
from tests.campaigns.quotes.shop import cut, flash, full, nth, off, open_shop, price, shipping, tasting

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


def as_paid_before(quote, coupon) -> tuple[Decimal, list[Line]]:
    """What the till is about to charge when this coupon's turn comes: in all, and line by line."""
    lines = []
    turns = [one.offer.id for one in quote.applied]
    before = set(turns[: turns.index(coupon.code)])
    for line in quote.lines:
        taken = sum((share.off for share in line.shares if share.offer.id in before), Decimal(0))
        lines.append(Line(line.line.sku, line.amount - taken, line.line.quantity))
    return sum((line.amount for line in lines), Decimal(0)), lines


def random_offers(dice: Random) -> list:
    """Coupons of every kind on everything, a category or a product, and promotions beside them."""
    scopes = ["", "", "浆果", "葡萄", "grape"]
    coupons = [
        off(str(start), str(dice.randrange(1, start + 1)), on=dice.choice(scopes))
        for start in (dice.randrange(5, 120) for _nth in range(dice.randrange(1, 4)))
    ]
    cuts = [
        cut(str(dice.randrange(0, 60)), str(dice.randrange(50, 99)), str(dice.randrange(3, 40)), on=dice.choice(scopes))
        for _nth in range(dice.randrange(0, 3))
    ]
    pieces = [
        price(str(dice.randrange(0, 30)), dice.choice(scopes[2:]), threshold=dice.choice(["0", "40"]))
        for _nth in range(dice.randrange(0, 3))
    ]
    gifts = [tasting(on=dice.choice(scopes)), shipping(str(dice.randrange(0, 150)), on=dice.choice(scopes))]
    return [*coupons, *cuts, *pieces, *gifts, full("50-7 90-19"), nth(2, "50", same=False)]


@pytest.mark.parametrize("seed", range(25))
def test_each_coupon_of_a_quote_redeems_for_what_was_quoted(shop, seed):
    dice = Random(seed)
    made = [offer(shop) for offer in random_offers(dice)]
    coupons = {one.code: one for one in made if hasattr(one, "code")}
    basket = ", ".join(
        f"{dice.choice(['1', '2', '3', '0.52'])} {what} {dice.randrange(100, 6000) / 100:.2f}"
        for what in dice.sample(sorted(GOODS), 4)
    )
    fee = Decimal(dice.choice(["0", "6.00", "12.50"]))
    found = shop.quote(basket, delivery=str(fee))
    used = [one for one in found.applied if one.offer.family == Family.COUPON]
    for one in used:
        amount, lines = as_paid_before(found, coupons[one.offer.id])
        redeemed = redemption.redeem(
            one.offer.id, channel="pos", order_no="R-1", amount=amount, store=shop.store, member_id=shop.member.pk,
            lines=lines, delivery=fee,
        )  # fmt: skip
        assert redeemed.discount == one.off + one.delivery_off, (seed, basket, one.sentence)
    assert used or seed


@pytest.mark.parametrize("seed", range(10))
def test_a_coupon_that_does_not_reach_its_threshold_does_so_at_the_till_neither(shop, seed):
    dice = Random(seed)
    coupon = off(str(dice.randrange(50, 90)), "10", on=dice.choice(["", "浆果"]))(shop)
    price = dice.randrange(1000, 4500)
    found = shop.quote(f"2 cherry {price / 100:.2f}", coupons=[coupon.code])
    amount = Decimal(2 * price) / 100
    verdict = redemption.check(
        coupon.code, amount=amount, member_id=shop.member.pk, store=shop.store, channel="pos",
        lines=[Line("F011", amount)],
    )  # fmt: skip
    assert verdict.ok == bool(found.applied)
    if not verdict.ok:
        assert (verdict.code, verdict.extra["short"]) == (
            found.not_applied[0].code,
            found.not_applied[0].extra["short"],
        )


def test_every_kind_of_coupon_is_a_deal():
    assert set(couponkinds.DEALS) == set(REGISTRY)


def test_a_category_is_the_same_for_both(shop):
    assert Category.objects.get(name="浆果")
    coupon = off("30", "10", on="浆果")(shop)
    found = shop.quote("1 cherry 40, 1 grape 40")
    assert [line.off for line in found.lines] == [Decimal(10), 0]
    verdict = redemption.check(
        coupon.code, amount=Decimal(80), store=shop.store, channel="pos",
        lines=[Line("F011", Decimal(40)), Line("F001", Decimal(40))],
    )  # fmt: skip
    assert verdict.discount == Decimal(10)


@pytest.mark.parametrize(
    ("cart", "fee", "offers", "takes_off"),
    [
        ("1 cherry 39.90", "0", [price("9.9", "浆果")], "30.00"),
        ("3 cherry 100", "0", [price("80", "浆果")], "20.00"),
        ("2 cherry 39.90, 1 berry 25", "0", [price("9.9", "berry")], "15.10"),
        ("2 cherry 30", "0", [flash("cherry 20", limit=1), price("9.9", "浆果")], "15.10"),  # (20 + 30) / 2 - 9.90
        ("2 cherry 39.90", "6.50", [shipping("60")], "6.50"),
        ("2 cherry 39.90", "12", [shipping("60")], "8.00"),
    ],
)
def test_new_kinds_take_off_the_same_in_both(shop, cart, fee, offers, takes_off):
    [*_promotions, coupon] = [offer(shop) for offer in offers]
    found = shop.quote(cart, delivery=fee)
    amount, lines = as_paid_before(found, coupon)
    redeemed = redemption.redeem(
        coupon.code, channel="pos", order_no="R-1", amount=amount, store=shop.store, lines=lines, delivery=Decimal(fee)
    )
    [quoted] = [one for one in found.applied if one.offer.id == coupon.code]
    assert redeemed.discount == quoted.off + quoted.delivery_off == Decimal(takes_off)


@pytest.mark.parametrize(
    ("cart", "offer", "code"),
    [
        ("1 cherry 9.90", price("9.9", "浆果"), "nothing_to_gain"),
        ("1 cherry 39.90", shipping(), "nothing_to_gain"),
        ("1 cherry 39.90", price("9.9", "浆果", threshold="50"), "threshold_not_met"),
        ("1 grape 39.90", price("9.9", "浆果"), "product_not_in_scope"),
        ("1 cherry 39.90", shipping("50"), "threshold_not_met"),
    ],
)
def test_what_would_be_wasted_is_refused_by_both_for_the_same_reason(shop, cart, offer, code):
    coupon = offer(shop)
    found = shop.quote(cart, coupons=[coupon.code], delivery="5" if code == "threshold_not_met" else "0")
    [refused] = found.not_applied
    amount = sum((line.amount for line in found.lines), Decimal(0))
    lines = [Line(line.line.sku, line.amount, line.line.quantity) for line in found.lines]
    fee = found.delivery
    verdict = redemption.check(coupon.code, amount=amount, store=shop.store, channel="pos", lines=lines, delivery=fee)
    assert (verdict.ok, verdict.code, refused.code) == (False, code, code)
