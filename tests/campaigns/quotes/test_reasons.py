"""Why an offer did not apply: a code for programs, a sentence for the cashier, and what is missing as data."""

from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns.models import Promotion
from coupons.models import Coupon, CouponTemplate
from members import benefits
from members.models import Benefit, BenefitKind, Period
from stores.places import zone_of
from tests.campaigns.promoting import make_promotion, passed_over, taken
from tests.campaigns.quotes.shop import benefit, bundle, cut, flash, full, nth, off, open_shop
from tests.makers import make_coupon, make_member, make_store, make_template, make_tiers

pytestmark = pytest.mark.django_db
CART = "2 cherry 39.90"  # 79.80


@pytest.fixture
def shop():
    return open_shop()


def only(quote):
    """The single offer that did not apply."""
    assert len(quote.not_applied) == 1, passed_over(quote)
    return quote.not_applied[0]


def test_what_is_short_of_the_first_step(shop):
    full("100-10")(shop)
    found = only(shop.quote(CART))
    assert (found.code, found.extra["short"]) == ("threshold_not_met", Decimal("20.20"))
    assert "20.2" in found.sentence


def test_how_many_pieces_are_short(shop):
    nth(3, "0")(shop)
    found = only(shop.quote(CART))
    assert (found.code, found.extra["pieces"]) == ("pieces_short", 1)


def test_with_which_other_it_does_not_go(shop):
    full("50-5", name="小满减", excludes=["coupon"])(shop)
    coupon = off("60", "10")(shop)
    found = only(shop.quote(CART))
    assert (found.code, found.extra["with"]) == ("stack_conflict", coupon.code)
    assert "满60减10" in found.sentence


def test_what_would_take_less_off_together_with_the_others(shop):
    flash("grape 19")(shop)
    full("200-30")(shop)
    found = only(shop.quote("10 grape 20"))
    assert (found.offer.name, found.code) == ("秒杀", "less_in_all")


def test_whose_pieces_are_in_another_offer(shop):
    flash("cherry 29.90")(shop)
    bundle("2 cherry", "75")(shop)
    found = only(shop.quote(CART))
    assert (found.offer.name, found.code) == ("套餐", "pieces_taken")


def test_what_is_no_cheaper(shop):
    flash("cherry 45")(shop)
    assert only(shop.quote(CART)).code == "nothing_to_gain"


@pytest.mark.parametrize(
    ("fields", "anybody", "code"),
    [
        ({"members_only": True}, True, "member_needed"),
        ({"hour_from": time(23, 59, 59), "hour_until": None}, False, "outside_hours"),
        ({"tier_ids": "gold"}, False, "tier_not_in_scope"),
        ({"tier_ids": "gold"}, True, "member_needed"),
    ],
)
def test_who_and_when(shop, fields, anybody, code):
    if fields.get("tier_ids"):
        fields = {"tier_ids": [make_tiers()["gold"].pk]}
    make_promotion(params={"steps": [{"from": "50", "off": "5"}]}, **fields)
    noon = timezone.now().astimezone(zone_of(None)).replace(hour=12)
    found = only(shop.quote(CART, at=noon, **({"member": None} if anybody else {})))
    assert found.code == code
    assert found.sentence


def test_a_stock_that_is_sold_out_and_a_limit_that_is_reached(shop):
    promotion = flash("cherry 29.90", stock=5, limit=2)(shop)
    Promotion.objects.filter(pk=promotion.pk).update(sold=5)
    assert only(shop.quote(CART)).code == "stock_spent"


def test_what_is_about_nothing_in_the_cart_is_not_mentioned(shop):
    full("50-5", on="melon")(shop)
    flash("grape 10")(shop)
    make_promotion("别处的", store_ids=[make_store("徐家汇店").pk])
    make_promotion("网店的", channels=["web"])
    make_promotion("这里不行", excluded_store_ids=[shop.store.pk])
    make_promotion("草稿", published=False)
    assert passed_over(shop.quote(CART)) == {}


def test_coupons_say_what_redemption_would_say(shop):
    elsewhere = make_store("徐家汇店")
    for name, terms in {
        "别店": {"store_ids": [elsewhere.pk]},
        "网店": {"channels": ["web"]},
        "金卡": {"tier_ids": [make_tiers()["gold"].pk]},
        "未开始": {"start_after_days": 3, "valid_days": 3},
        "没有的商品": {"skus": ["F999"]},
        "门槛": {"threshold": Decimal(200), "amount_off": Decimal(30), "kind": "amount_off"},
    }.items():
        make_coupon(shop.member, template=make_template(name, **terms))
    found = shop.quote(CART)
    assert passed_over(found) == {
        "别店": "store_not_in_scope",
        "网店": "channel_not_in_scope",
        "金卡": "tier_not_in_scope",
        "未开始": "coupon_not_started",
        "没有的商品": "product_not_in_scope",
        "门槛": "threshold_not_met",
    }
    assert "徐家汇店" in next(one.sentence for one in found.not_applied if one.offer.name == "别店")


def test_a_coupon_that_another_receipt_holds_and_one_that_this_receipt_holds(shop):
    coupon = off("60", "10")(shop)
    held = {"state": "locked", "lock_until": timezone.now() + timedelta(minutes=5), "discount": Decimal(10)}
    Coupon.objects.filter(pk=coupon.pk).update(order_channel="pos", order_no="N-1", **held)
    assert only(shop.quote(CART)).code == "coupon_locked"
    assert taken(shop.quote(CART, order_no="N-1")) == ["满60减10"]


def test_a_budget_suffices_for_as_many_coupons_as_it_can_pay(shop):
    template = make_template("满60减10", budget=Decimal(25))
    for _nth in range(3):
        make_coupon(shop.member, template=template)
    found = shop.quote("10 cherry 39.90")
    assert (found.off, passed_over(found)) == (Decimal(20), {"满60减10": "budget_spent"})
    CouponTemplate.objects.filter(pk=template.pk).update(budget_used=Decimal(16))
    assert shop.quote("10 cherry 39.90").off == 0


def test_coupons_beyond_those_a_receipt_takes(shop, settings):
    template = make_template("满10减1", threshold=Decimal(10), amount_off=Decimal(1), kind="amount_off")
    for _nth in range(11):
        make_coupon(shop.member, template=template)
    found = shop.quote("10 cherry 39.90")
    assert (found.off, only(found).code, only(found).extra["limit"]) == (Decimal(10), "limit_reached", 10)


def test_codes_that_are_none_or_of_somebody_else(shop):
    theirs = make_coupon(make_member("李雷"))
    found = shop.quote(CART, coupons=[theirs.code, "NOSUCHCODE"])
    assert {one.offer.id: one.code for one in found.not_applied} == {
        theirs.code: "not_coupon_owner",
        "NOSUCHCODE": "coupon_not_found",
    }
    assert taken(shop.quote(CART, coupons=[theirs.code], member=None)) == ["满60减10"]


def test_a_promotion_asked_for_that_does_not_hold_here(shop):
    promotion = make_promotion("别处的", store_ids=[make_store("徐家汇店").pk])
    found = only(shop.quote(CART, promotions=[promotion.pk]))
    assert (found.offer.id, found.code) == (promotion.public_id, "promotion_not_here")


def test_a_benefit_that_is_used_up():
    shop = open_shop("gold")
    benefit(BenefitKind.PERCENT_OFF, "5")(shop)
    own = Benefit.objects.get()
    Benefit.objects.filter(pk=own.pk).update(quota=1, period=Period.MONTH)
    own.refresh_from_db()
    assert shop.quote(CART).off == Decimal("3.99")
    benefits.use(shop.member, own, reference="R-1")
    found = only(shop.quote(CART))
    assert (found.code, found.extra["used"]) == ("benefit_used_up", 1)


def test_a_percentage_that_would_drop_below_the_other_coupons_threshold(shop):
    cut("50", "85")(shop)
    off("60", "10")(shop)
    assert passed_over(shop.quote("1 cherry 65")) == {"付85%": "less_in_all"}
