"""A coupon at the till: checked, locked, redeemed, and what each receipt is answered."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from coupons import redemption
from coupons.errors import CouponRefused
from coupons.models import Coupon, CouponState
from stores import policy
from tests.coupons.shop import broken, lock, moves, open_shop, redeem, told, used_budget
from tests.makers import days_ago, make_coupon, make_member, make_store, make_template

pytestmark = pytest.mark.django_db

D = Decimal


def refused(call, *arguments, **more) -> CouponRefused:
    with pytest.raises(CouponRefused) as caught:
        call(*arguments, **more)
    return caught.value


def test_a_check_says_what_comes_off_and_changes_nothing():
    coupon = make_coupon()
    verdict = redemption.check(coupon.code.lower(), amount=D("60.00"), member_id=coupon.member_id)
    assert (verdict.ok, verdict.discount, verdict.coupon) == (True, D(10), coupon)
    coupon.refresh_from_db()
    assert (coupon.state, moves(coupon)) == (CouponState.ISSUED, [])


def test_a_check_names_what_is_missing_in_words():
    verdict = redemption.check(make_coupon().code, amount=D("48.50"))
    assert (verdict.ok, verdict.code) == (False, "threshold_not_met")
    assert verdict.sentence == "还差 ¥11.5，满 ¥60 可用。"
    assert verdict.extra == {"short": D("11.50"), "threshold": D(60), "qualifying": D("48.50")}


def test_a_check_of_an_unknown_code_is_an_answer_too():
    assert redemption.check("0000", amount=D(1)).code == "coupon_not_found"


def test_a_redeemed_coupon_knows_where_when_and_for_how_much():
    shop = open_shop()
    coupon = redeem(make_coupon(shop.xiaomei), "R77", store=shop.store, actor="till 3")
    coupon.refresh_from_db()
    assert (coupon.state, coupon.discount, coupon.used_store) == (CouponState.USED, D(10), shop.store)
    assert (coupon.order_channel, coupon.order_no) == ("pos", "R77")
    event = coupon.events.get()
    assert (event.move, event.order_no, event.store, event.amount, event.actor) == (
        "redeemed",
        "R77",
        shop.store,
        D(10),
        "till 3",
    )
    [fact] = told("coupon.redeemed")
    assert (fact.member_id, fact.subject) == (shop.xiaomei.pk, coupon.pk)
    assert fact.data == {"template": coupon.template_id, "channel": "pos", "order": "R77", "amount": "10.00"}
    assert broken() == []


def test_the_same_receipt_again_gets_the_same_answer_and_changes_nothing():
    template = make_template(budget=D(100))
    coupon = make_coupon(template=template)
    first = redeem(coupon)
    again = redeem(coupon, amount="250.00")
    assert (again.discount, again.used_at) == (first.discount, first.used_at)
    assert (len(moves(coupon)), len(told("coupon.redeemed")), used_budget(template)) == (1, 1, D(10))


def test_another_receipt_is_refused_with_the_day():
    coupon = redeem(make_coupon())
    refusal = refused(redeem, coupon, "R2")
    assert (refusal.code, refusal.status) == ("coupon_used", 409)
    assert str(refusal) == f"这张券 {timezone.localdate():%Y-%m-%d} 已经用过。"
    assert moves(coupon) == ["redeemed"]


def test_a_lock_holds_the_coupon_and_the_budget_for_its_receipt_alone():
    template = make_template(budget=D(15))
    coupon = lock(make_coupon(template=template))
    assert coupon.lock_until - timezone.now() > timedelta(minutes=14)
    assert used_budget(template) == D(10)
    assert refused(redeem, coupon, "R2").code == "coupon_locked"
    assert refused(lock, coupon, "R2").code == "coupon_locked"
    assert refused(redeem, make_coupon(template=template), "R3").code == "budget_spent"
    assert redeem(coupon).discount == D(10)
    assert (used_budget(template), moves(coupon)) == (D(10), ["locked", "redeemed"])
    assert broken() == []


def test_a_receipt_may_lock_again_with_a_changed_basket():
    template = make_template(kind="percent_off", percent=D(80), cap=D(50), budget=D(100))
    coupon = make_coupon(template=template)
    assert lock(coupon, amount="100.00").discount == D(20)
    assert lock(coupon, amount="200.00").discount == D(40)
    assert used_budget(template) == D(40)
    assert redeem(coupon, amount="150.00").discount == D(30)
    assert used_budget(template) == D(30)
    assert broken() == []


def test_a_lapsed_lock_may_be_taken_by_another_receipt_at_once():
    template = make_template(budget=D(10))
    coupon = lock(make_coupon(template=template))
    Coupon.objects.update(lock_until=days_ago(0.01))
    assert redemption.check(coupon.code, amount=D(100), channel="pos", order_no="R2").ok
    assert redeem(coupon, "R2").order_no == "R2"
    assert used_budget(template) == D(10)
    assert broken() == []


def test_a_receipt_needs_a_number():
    coupon = make_coupon()
    assert refused(redeem, coupon, "").code == "order_no_missing"
    assert refused(lock, coupon, "").code == "order_no_missing"


def test_an_offline_till_is_judged_by_the_time_of_the_sale():
    ended = make_coupon(at=days_ago(9))
    sale = days_ago(4)
    assert refused(redeem, ended).code == "coupon_expired"
    assert redeem(ended, at=sale).used_at == sale


def test_even_after_the_coupon_was_marked_as_expired():
    coupon = make_coupon(at=days_ago(9))
    Coupon.objects.update(state="expired")
    assert refused(redeem, coupon).code == "coupon_expired"
    assert redeem(coupon, at=days_ago(4)).state == CouponState.USED


def test_but_not_by_a_time_longer_ago_than_a_till_may_be_offline():
    coupon = make_coupon(at=days_ago(40))
    assert refused(redeem, coupon, at=days_ago(38)).code == "coupon_expired"
    policy.change("coupons.offline_days", 60, by=None)
    assert redeem(coupon, at=days_ago(38)).state == CouponState.USED


def test_a_till_whose_clock_is_some_minutes_off_is_not_turned_away():
    coupon = make_coupon()
    assert redeem(coupon, at=timezone.now() - timedelta(minutes=4)).state == CouponState.USED
    assert redeem(make_coupon(), at=timezone.now() + timedelta(hours=3)).used_at <= timezone.now()


def test_whoever_shows_the_code_may_use_it_unless_the_till_names_somebody_else():
    coupon = make_coupon(make_member("张晓梅"))
    assert refused(redeem, coupon, member_id=make_member("吴晓峰").pk).code == "not_coupon_owner"
    assert redeem(coupon).state == CouponState.USED


def test_a_day_that_has_not_ended_in_the_store_still_counts():
    """The coupon ends at midnight in Shanghai; in a store two hours west the day goes on."""
    home, west = make_store(), make_store(time_zone="Asia/Urumqi")
    coupon = make_coupon(make_member(home_store=home), at=days_ago(20))
    Coupon.objects.update(valid_until=coupon.valid_until)
    after_midnight = coupon.valid_until + timedelta(hours=1)
    policy.change("coupons.offline_days", 90, by=None)
    assert refused(redeem, coupon, at=after_midnight, store=home).code == "coupon_expired"
    assert redeem(coupon, at=after_midnight, store=west).state == CouponState.USED
