"""Every reason for which a till is refused, in words a cashier can read aloud; and a refusal changes nothing."""

from datetime import time, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from coupons import redemption
from coupons.errors import SENTENCES, CouponRefused
from coupons.models import Coupon
from coupons.receipts import Line
from members.models import Category, Product
from stores import policy
from tests.coupons.shop import lock, moves, redeem, told, used_budget
from tests.makers import days_ago, make_coupon, make_member, make_store, make_template, make_tiers

pytestmark = pytest.mark.django_db

D = Decimal


def refused(coupon: Coupon, order_no: str = "R9", amount: str = "100.00", **more) -> CouponRefused:
    """Redeem, be refused, and see that nothing changed; a check says the same."""
    before = Coupon.objects.filter(pk=coupon.pk).values().get(), moves(coupon), used_budget(coupon.template)
    facts = len(told("coupon.redeemed"))
    with pytest.raises(CouponRefused) as caught:
        redeem(coupon, order_no, amount, **more)
    after = Coupon.objects.filter(pk=coupon.pk).values().get(), moves(coupon), used_budget(coupon.template)
    assert (after, len(told("coupon.redeemed"))) == (before, facts)
    verdict = redemption.check(coupon.code, amount=D(amount), channel="pos", order_no=order_no, **more)
    assert (verdict.ok, verdict.code, verdict.sentence) == (False, caught.value.code, str(caught.value))
    return caught.value


def test_a_coupon_that_was_withdrawn():
    coupon = make_coupon()
    Coupon.objects.update(state="voided")
    assert refused(coupon).code == "coupon_voided"


def test_a_coupon_that_another_receipt_holds():
    coupon = lock(make_coupon())
    refusal = refused(coupon)
    assert refusal.code == "coupon_locked"
    assert f"{timezone.localtime(coupon.lock_until):%H:%M}" in str(refusal)


def test_a_coupon_that_starts_later():
    coupon = make_coupon(template=make_template(start_after_days=2))
    refusal = refused(coupon)
    assert refusal.code == "coupon_not_started"
    assert f"{timezone.localdate() + timedelta(days=2):%Y-%m-%d}" in str(refusal)


def test_a_coupon_that_ended_names_its_last_day():
    refusal = refused(make_coupon(at=days_ago(20)))
    assert refusal.code == "coupon_expired"
    assert f"{timezone.localdate(days_ago(20)) + timedelta(days=6):%Y-%m-%d}" in str(refusal)


def test_a_coupon_of_another_store():
    mine, other = make_store("滨河路店"), make_store("静安寺店")
    coupon = make_coupon(template=make_template(store_ids=[mine.pk]))
    refusal = refused(coupon, store=other)
    assert (refusal.code, refusal.extra["stores"]) == ("store_not_in_scope", [mine.code])
    assert "滨河路店" in str(refusal)
    assert refused(coupon).code == "store_not_in_scope"
    assert redeem(coupon, store=mine).discount == D(10)


def test_a_coupon_of_another_channel():
    coupon = make_coupon(template=make_template(channels=["app"]))
    assert refused(coupon).code == "channel_not_in_scope"
    assert redemption.redeem(coupon.code, channel="app", order_no="A1", amount=D(60)).discount == D(10)


def test_a_coupon_of_another_tier():
    gold = make_tiers()["gold"]
    template = make_template(tier_ids=[gold.pk])
    refusal = refused(make_coupon(make_member(tier="plain"), template=template))
    assert (refusal.code, refusal.extra["tiers"]) == ("tier_not_in_scope", ["gold"])
    assert "金卡" in str(refusal)
    assert redeem(make_coupon(make_member(tier="gold"), template=template)).discount == D(10)


def test_a_coupon_outside_its_weekdays_and_hours():
    template = make_template(weekdays=[1, 2, 3, 4, 5], hour_from=time(11), hour_until=time(14))
    with time_machine.travel("2026-11-21T12:00:00+08:00", tick=True):  # a Saturday
        refusal = refused(make_coupon(template=template))
    assert (refusal.code, "周末不可用，11:00–14:00" in str(refusal)) == ("outside_hours", True)
    for clock, good in (("10:59", False), ("11:00", True), ("13:59", True), ("14:00", False)):
        with time_machine.travel(f"2026-11-23T{clock}:00+08:00", tick=True):
            coupon = make_coupon(template=template)
            if good:
                redeem(coupon, f"R{clock}")
            else:
                assert refused(coupon).code == "outside_hours"


def test_a_coupon_for_products_that_are_not_on_the_receipt():
    fruit = Category.objects.create(name="水果")
    Product.objects.create(sku="cherry", name="车厘子", category=fruit)
    template = make_template(category_ids=[fruit.pk], skus=["box"])
    coupon = make_coupon(template=template)
    refusal = refused(coupon, lines=[Line("bag", D("90.00"))])
    assert (refusal.code, refusal.extra["lines_needed"]) == ("product_not_in_scope", False)
    assert refused(coupon).extra["lines_needed"] is True
    few = refused(coupon, lines=[Line("bag", D("60.00")), Line("cherry", D("40.00"))])
    assert (few.code, few.extra["qualifying"]) == ("threshold_not_met", D("40.00"))
    assert redeem(coupon, lines=[Line("box", D("20.00")), Line("cherry", D("40.00"))]).discount == D(10)


def test_a_bill_that_is_too_small():
    refusal = refused(make_coupon(), amount="59.99")
    assert (refusal.code, str(refusal)) == ("threshold_not_met", "还差 ¥0.01，满 ¥60 可用。")


def test_a_coupon_that_does_not_go_with_another_on_the_receipt():
    one, two = (make_coupon(template=make_template(stack_group="满减")) for _ in range(2))
    lock(one, "R9")
    assert refused(two).code == "stack_conflict"
    assert redeem(two, "R10").discount == D(10)
    alone = make_coupon(template=make_template(stack_group=""))
    assert redeem(alone, "R9").discount == D(10)


def test_more_coupons_than_a_receipt_takes():
    policy.change("coupons.per_receipt", 2, by=None)
    for _ in range(2):
        redeem(make_coupon(), "R9")
    assert refused(make_coupon()).code == "limit_reached"


def test_a_budget_that_is_spent():
    template = make_template(budget=D(19))
    redeem(make_coupon(template=template), "R1")
    assert refused(make_coupon(template=template)).code == "budget_spent"
    assert used_budget(template) == D(10)


def test_a_gift_takes_its_value_from_the_budget():
    template = make_template(kind="gift", gift_name="草莓", gift_value=D(20), budget=D(30))
    assert redeem(make_coupon(template=template), "R1", "5.00").discount == 0
    assert used_budget(template) == D(20)
    assert refused(make_coupon(template=template)).code == "budget_spent"


def test_an_unknown_code():
    with pytest.raises(CouponRefused) as caught:
        redemption.redeem("7" * 17, channel="pos", order_no="R1", amount=D(1))
    assert (caught.value.code, caught.value.status) == ("coupon_not_found", 404)


def test_no_sentence_is_left_with_an_unfilled_word():
    for reason, sentence in SENTENCES.items():
        assert str(sentence), reason
