"""The best combination or the one asked for; another moment; nobody known; what is missing for more; what is earned."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns import memberdays
from campaigns.models import PromotionSale
from campaigns.promotions import publish
from campaigns.promotions.sales import count_sales
from members.ledgers import earning
from members.models import Order
from members.orders.drafts import LineDraft
from tests.campaigns.promoting import make_promotion, passed_over, taken
from tests.campaigns.quotes.shop import bundle, flash, full, gift, nth, off, open_shop
from tests.makers import make_member_day, make_order

pytestmark = pytest.mark.django_db
CART = "2 cherry 39.90"  # 79.80


@pytest.fixture
def shop():
    return open_shop()


def test_coupons_asked_for_are_taken_although_better_ones_lie_in_the_wallet(shop):
    small, _large = off("30", "5")(shop), off("60", "10")(shop)
    found = shop.quote(CART, coupons=[small.code])
    assert (taken(found), found.off, passed_over(found)) == (["满30减5"], Decimal(5), {})


def test_a_promotion_gives_way_to_a_coupon_that_was_asked_for(shop):
    full("50-20", name="不同享", excludes=["coupon"])(shop)
    coupon = off("60", "10")(shop)
    assert taken(shop.quote(CART)) == ["不同享"]
    found = shop.quote(CART, coupons=[coupon.code])
    assert (taken(found), passed_over(found)) == (["满60减10"], {"不同享": "stack_conflict"})


def test_no_coupons_at_all(shop):
    off("60", "10")(shop)
    found = shop.quote(CART, coupons=[])
    assert (found.off, found.not_applied) == (0, [])


def test_promotions_asked_for_and_no_others(shop):
    small, _large = full("50-5", name="小")(shop), full("50-9", name="大")(shop)
    found = shop.quote(CART, promotions=[small.pk])
    assert (taken(found), found.off) == (["小"], Decimal(5))
    assert shop.quote(CART, promotions=[]).off == 0


def test_of_those_asked_for_as_many_as_go_together(shop):
    one, two = off("30", "9", stack_group="a")(shop), off("30", "5", stack_group="a")(shop)
    three = off("30", "3")(shop)
    found = shop.quote(CART, coupons=[two.code, one.code, three.code])
    assert sorted(taken(found)) == ["满30减3", "满30减9"]


def test_a_code_is_understood_in_any_spelling(shop):
    coupon = off("60", "10")(shop)
    spelled = f" {coupon.code[:4].lower()}-{coupon.code[4:]}"
    assert taken(shop.quote(CART, coupons=[spelled])) == ["满60减10"]


def test_without_a_member_only_what_anybody_gets(shop):
    full("50-5")(shop)
    off("60", "10")(shop)
    found = shop.quote(CART, member=None)
    assert (taken(found), found.points, found.growth) == (["满减"], 0, 0)


def test_what_is_published_for_tomorrow_is_quoted_for_tomorrow(shop):
    now = timezone.now()
    coming = make_promotion(
        "明天", starts_at=now + timedelta(hours=20), published=False, params={"steps": [{"from": "50", "off": "5"}]}
    )
    publish(coming)
    assert shop.quote(CART).off == 0
    assert taken(shop.quote(CART, at=now + timedelta(hours=21))) == ["明天"]


def test_a_promotion_of_a_member_day_holds_on_its_dates(shop):
    today = timezone.localdate()
    day = make_member_day(recurrence=f"FREQ=WEEKLY;BYDAY={today:%a}".upper()[:-1], points_factor=2)
    memberdays.publish(day)
    make_promotion("会员日", member_day=day, params={"steps": [{"from": "50", "off": "5"}]}, ends_at=None)
    now = timezone.now()
    assert taken(shop.quote(CART, at=now)) == ["会员日"]
    assert taken(shop.quote(CART, at=now + timedelta(days=1))) == []
    assert taken(shop.quote(CART, at=now + timedelta(days=70))) == ["会员日"]  # beyond what is planned
    day.opted_out.add(shop.store)
    assert taken(shop.quote(CART, at=now)) == []


def test_what_is_missing_for_the_next_step_comes_the_least_first(shop):
    full("100-10 200-30")(shop)
    nth(2, "50", on="grape")(shop)
    bundle("2 cherry, 1 melon", "100")(shop)
    gift("90")(shop)
    steps = shop.quote("2 cherry 39.90, 1 grape 5").next_steps
    told = [(step.offer.name, step.short, step.pieces, step.gain) for step in steps]
    assert told == [
        ("第几件", 0, 1, Decimal("2.50")),
        ("套餐", 0, 1, 0),
        ("满赠", Decimal("5.20"), 0, 0),
        ("满减", Decimal("15.20"), 0, Decimal(10)),
    ]
    assert all(step.sentence for step in steps)


def test_a_step_that_another_offer_rules_out_is_not_promised(shop):
    full("100-10", excludes=["coupon"])(shop)
    off("60", "10")(shop)
    assert shop.quote(CART).next_steps == []


def test_points_and_growth_are_those_that_the_order_then_earns(shop):
    now = timezone.now()
    earning.push_rule(
        source="test", title="双倍", starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1),
        points_factor=Decimal("2.5"), tier_ids=[shop.member.tier_id],
    )  # fmt: skip
    off("60", "10")(shop)
    found = shop.quote("2 cherry 39.90, 1 grape 0.55")
    lines = [LineDraft(one.line.sku, one.line.quantity, one.line.unit_price, one.to_pay) for one in found.lines]
    make_order(member=shop.member, store=shop.store, lines=lines)
    shop.member.refresh_from_db()
    assert (found.points, found.growth) == (175, 70) == (shop.member.points, shop.member.growth)


def test_an_order_paid_as_quoted_is_counted_for_its_promotions(shop):
    cherries, reduction = flash("cherry 29.90", limit=1)(shop), full("60-6")(shop)
    found = shop.quote("2 cherry 39.90, 1 grape 5")
    lines = [LineDraft(one.line.sku, one.line.quantity, one.line.unit_price, one.to_pay) for one in found.lines]
    order = make_order(member=shop.member, store=shop.store, lines=lines)
    count_sales([order.pk])
    assert dict(PromotionSale.objects.values_list("promotion", "pieces")) == {cherries.pk: 1, reduction.pk: 0}
    assert Order.objects.get().net_amount == found.to_pay
    assert passed_over(shop.quote(CART)) == {"秒杀": "limit_reached"}
