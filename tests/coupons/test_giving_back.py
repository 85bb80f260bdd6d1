"""Locks released and redemptions reversed: the coupon is good again, the budget comes back, twice is once."""

from decimal import Decimal

import pytest
from django.utils import timezone

from coupons import redemption
from coupons.errors import CouponRefused
from coupons.expiry import release_lapsed_locks
from coupons.models import Coupon, CouponState
from tests.coupons.shop import broken, lock, moves, redeem, told, used_budget
from tests.makers import days_ago, make_coupon, make_template

pytestmark = pytest.mark.django_db

D = Decimal


def release(coupon: Coupon, order_no: str = "R1") -> Coupon:
    return redemption.release(coupon.code, channel="pos", order_no=order_no)


def reverse(coupon: Coupon, order_no: str = "R1") -> Coupon:
    return redemption.reverse(coupon.code, channel="pos", order_no=order_no)


def code_of_refusal(call, *arguments) -> str:
    with pytest.raises(CouponRefused) as caught:
        call(*arguments)
    return caught.value.code


def test_a_released_lock_frees_coupon_and_budget():
    template = make_template(budget=D(50))
    coupon = lock(make_coupon(template=template))
    assert release(coupon).state == CouponState.ISSUED
    assert release(coupon).state == CouponState.ISSUED
    coupon.refresh_from_db()
    assert (coupon.order_no, coupon.lock_until, coupon.discount) == ("", None, None)
    assert (used_budget(template), moves(coupon)) == (D(0), ["locked", "released"])
    assert redeem(coupon, "R2").state == CouponState.USED
    assert broken() == []


def test_nobody_releases_what_another_receipt_holds():
    coupon = lock(make_coupon())
    assert code_of_refusal(release, coupon, "R2") == "coupon_locked"
    redeem(coupon)
    assert code_of_refusal(release, coupon) == "coupon_used"
    assert code_of_refusal(release, make_coupon(), "R1") == "coupon_not_held"
    assert moves(coupon) == ["locked", "redeemed"]


def test_a_reversed_redemption_gives_coupon_and_budget_back():
    template = make_template(budget=D(50))
    coupon = redeem(make_coupon(template=template))
    assert reverse(coupon).state == CouponState.ISSUED
    assert reverse(coupon).state == CouponState.ISSUED
    coupon.refresh_from_db()
    assert (coupon.used_at, coupon.used_store, coupon.discount, coupon.order_no) == (None, None, None, "")
    assert (used_budget(template), moves(coupon)) == (D(0), ["redeemed", "reversed"])
    [fact] = told("coupon.reversed")
    assert fact.data["amount"] == "10.00"
    assert redeem(coupon, "R2").state == CouponState.USED
    assert broken() == []


def test_a_reversal_names_the_receipt_that_used_the_coupon():
    coupon = redeem(make_coupon())
    assert code_of_refusal(reverse, coupon, "R2") == "coupon_not_used"
    assert code_of_refusal(reverse, make_coupon()) == "coupon_not_used"
    assert code_of_refusal(reverse, lock(make_coupon(), "R3"), "R3") == "coupon_not_used"
    coupon.refresh_from_db()
    assert coupon.state == CouponState.USED


def test_what_comes_back_after_its_end_has_expired():
    coupon = make_coupon(at=days_ago(9))
    redeem(coupon, at=days_ago(4))
    assert reverse(coupon).state == CouponState.EXPIRED
    late = lock(make_coupon())
    Coupon.objects.filter(pk=late.pk).update(valid_until=timezone.now())
    assert release(late).state == CouponState.EXPIRED
    assert broken() == []


def test_the_sweep_frees_lapsed_locks_with_their_budgets_and_leaves_living_ones():
    one, two = make_template(budget=D(50)), make_template(kind="gift", gift_name="草莓", gift_value=D(9), budget=D(50))
    lapsed = [lock(make_coupon(template=template), f"R{n}") for n, template in enumerate([one, one, two])]
    Coupon.objects.update(lock_until=days_ago(0.01))
    ended = lapsed[0]
    Coupon.objects.filter(pk=ended.pk).update(valid_until=timezone.now())
    living = lock(make_coupon(template=one), "R8")
    assert (used_budget(one), used_budget(two)) == (D(30), D(9))
    assert release_lapsed_locks() == 3
    assert release_lapsed_locks() == 0
    states = [Coupon.objects.get(pk=coupon.pk).state for coupon in [*lapsed, living]]
    assert states == ["expired", "issued", "issued", "locked"]
    assert (used_budget(one), used_budget(two)) == (D(10), D(0))
    assert moves(ended) == ["locked", "released"]
    assert broken() == []


def test_a_till_that_lost_its_lock_to_the_sweep_may_still_release_it():
    coupon = lock(make_coupon())
    Coupon.objects.update(lock_until=days_ago(0.01))
    release_lapsed_locks()
    assert release(coupon).state == CouponState.ISSUED
    assert code_of_refusal(release, coupon, "R2") == "coupon_not_held"
    assert moves(coupon) == ["locked", "released"]
