"""Odd questions: what costs nothing, large carts, other times, merged members, coupons named twice or not theirs."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns.models import Promotion
from campaigns.quotes import Cart, CartLine, quote
from members.models import MemberMerge
from members.oneid import merging
from tests.campaigns.promoting import GOODS, passed_over, taken
from tests.campaigns.quotes.shop import bundle, cut, delivered, flash, full, gift, nth, off, one_for, open_shop, percent
from tests.campaigns.scenery import deliver_all, new_batch
from tests.makers import make_coupon, make_member, make_template

pytestmark = pytest.mark.django_db
CART = "2 cherry 39.90"  # 79.80


@pytest.fixture
def shop():
    return open_shop("gold")


def everything(shop):
    """An offer of every kind."""
    for offer in (
        full("100-8 200-25"), nth(2, "50", same=False), bundle("1 apple, 1 pear", "25"), flash("cherry 29.90, melon 9"),
        percent({"gold": "95"}), gift("99"), off("60", "10"), cut("50", "85"), one_for("5", on="浆果"), delivered("10"),
    ):  # fmt: skip
        offer(shop)


def test_what_costs_nothing_stays_at_nothing(shop):
    everything(shop)
    found = shop.quote("3 cherry 0, 1 apple 0, 1 pear 0, 0.5 melon 0")
    assert (found.list_total, found.off, found.to_pay, found.gifts) == (0, 0, 0, [])
    mixed = shop.quote("3 cherry 0, 2 cherry 39.90, 0.001 banana 0.01")
    assert [line.to_pay for line in mixed.lines][::2] == [0, 0]
    assert mixed.to_pay == sum(line.to_pay for line in mixed.lines) > 0


def test_five_hundred_lines_are_quoted_and_add_up(shop):
    everything(shop)
    skus = [sku for sku, _name, _category in GOODS.values()]
    lines = [
        CartLine(str(nth), skus[nth % len(skus)], Decimal(1 + nth % 4), Decimal(500 + nth) / 100) for nth in range(500)
    ]
    found = quote(Cart(lines), store=shop.store, member=shop.member)
    assert len(found.lines) == 500
    assert sum(line.off for line in found.lines) == found.off > 0
    assert min(line.to_pay for line in found.lines) >= 0


@pytest.mark.parametrize("year", [1970, 2200])
def test_long_ago_and_far_ahead_only_what_has_no_window_holds(shop, year):
    full("50-20")(shop)
    off("60", "10")(shop)
    found = shop.quote(CART, at=datetime(year, 1, 1, tzinfo=UTC))
    assert found.off == 0
    assert "满减" not in passed_over(found)


def test_a_till_that_was_offline_hears_what_held_then(shop):
    now = timezone.now()
    flash("cherry 29.90", starts_at=now - timedelta(days=3))(shop)
    Promotion.objects.update(ends_at=now - timedelta(days=1))
    make_coupon(shop.member, template=make_template("旧券", valid_days=2), at=now - timedelta(days=4))
    assert taken(shop.quote(CART, at=now)) == []
    assert taken(shop.quote(CART, at=now - timedelta(days=2))) == ["秒杀"]
    assert taken(shop.quote(CART, at=now - timedelta(days=4) + timedelta(minutes=1))) == ["旧券"]


def test_the_same_coupon_in_two_spellings_is_one(shop):
    template = make_template("满60减10", budget=Decimal(10))
    coupon = make_coupon(shop.member, template=template)
    found = shop.quote(CART, coupons=[coupon.code, f" {coupon.code[:4].lower()}-{coupon.code[4:]}"])
    assert (taken(found), found.off, passed_over(found)) == (["满60减10"], Decimal(10), {})


def test_a_coupon_of_somebody_else_is_refused_and_what_is_no_code_too(shop):
    other = make_coupon(make_member("李雷"))
    found = shop.quote(CART, coupons=[other.code, "不是券", "O0O0"])
    assert found.off == 0
    assert [one.code for one in found.not_applied] == ["not_coupon_owner", "coupon_not_found", "coupon_not_found"]


def test_the_coupons_of_a_merged_member_are_quoted_to_the_one_who_stayed(shop):
    gone = make_member("张小梅")
    coupon = make_coupon(gone)
    new_batch()
    merging.merge(shop.member, gone, why=MemberMerge.Why.AUTOMATIC, by=None)
    named = shop.quote(CART, coupons=[coupon.code])  # in the moment before the coupon has followed
    assert taken(named) == ["满60减10"]
    deliver_all()
    assert shop.quote(CART).off == Decimal(10)
