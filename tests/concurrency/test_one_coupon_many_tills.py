"""Sixty-four tills at one coupon: one of them gets it. And the control: without the guard several would."""

from collections import Counter
from decimal import Decimal
from functools import partial

import pytest

from coupons import redemption
from coupons.expiry import release_lapsed_locks
from coupons.models import Coupon, CouponEvent, CouponTemplate
from stores.errors import Refusal
from tests import unguarded
from tests.concurrency.crowd import after_looking, at_once
from tests.coupons.shop import broken
from tests.makers import days_ago, make_coupon, make_template

pytestmark = pytest.mark.django_db(transaction=True)

TILLS = 64
D = Decimal


def tills(verb, coupon: Coupon, order_no: str = "") -> list[partial]:
    """Each till with a receipt of its own, or all with the same."""
    return [
        partial(verb, coupon.code, channel="pos", order_no=order_no or f"R{number}", amount=D(100))
        for number in range(TILLS)
    ]


def test_one_of_sixty_four_tills_redeems_the_coupon():
    coupon = make_coupon(template=make_template(budget=D(640)))
    outcome = at_once(tills(redemption.redeem, coupon))
    assert outcome.broken == []
    assert (len(outcome.done), Counter(outcome.refused)) == (1, {"coupon_used": 63})
    assert CouponEvent.objects.filter(coupon=coupon).count() == 1
    assert CouponTemplate.objects.get().budget_used == 10
    assert broken() == []


def test_without_the_guard_several_redeem_it(monkeypatch):
    """The control: every till has looked at the coupon before one of them writes."""
    monkeypatch.setattr(unguarded, "judge", after_looking(unguarded.judge, TILLS))
    outcome = at_once(tills(unguarded.redeem, make_coupon()))
    assert outcome.broken == []
    assert len(outcome.done) > 1


def test_one_receipt_sent_sixty_four_times_is_one_redemption_with_one_answer():
    coupon = make_coupon(template=make_template(kind="percent_off", percent=D(80), cap=D(50), budget=D(50)))
    outcome = at_once(tills(redemption.redeem, coupon, "R1"))
    assert (outcome.broken, outcome.refused) == ([], [])
    assert {(one.discount, one.used_at) for one in outcome.done} == {(D(20), Coupon.objects.get().used_at)}
    assert CouponEvent.objects.count() == 1
    assert broken() == []


def test_one_of_sixty_four_tills_locks_the_coupon():
    coupon = make_coupon(template=make_template(budget=D(15)))
    outcome = at_once(tills(redemption.lock, coupon))
    assert outcome.broken == []
    assert (len(outcome.done), Counter(outcome.refused)) == (1, {"coupon_locked": 63})
    assert CouponTemplate.objects.get().budget_used == 10
    assert broken() == []


def test_a_budget_for_five_is_taken_by_five_of_many():
    template = make_template(budget=D(59))
    coupons = [make_coupon(template=template) for _ in range(32)]
    calls = [partial(redemption.redeem, one.code, channel="pos", order_no=one.code, amount=D(100)) for one in coupons]
    outcome = at_once(calls)
    assert outcome.broken == []
    assert (len(outcome.done), Counter(outcome.refused)) == (5, {"budget_spent": 27})
    assert CouponEvent.objects.count() == 5
    assert broken() == []


def test_two_coupons_that_do_not_go_together_never_meet_on_one_receipt():
    for number in range(8):
        coupons = [make_coupon(template=make_template(stack_group="满减")) for _ in range(4)]
        calls = [
            partial(redemption.redeem, one.code, channel="pos", order_no=f"R{number}", amount=D(100)) for one in coupons
        ]
        outcome = at_once(calls)
        assert outcome.broken == []
        assert (len(outcome.done), Counter(outcome.refused)) == (1, {"stack_conflict": 3})


def test_redeeming_releasing_reversing_and_sweeping_at_once_leave_everything_in_order():
    coupon = make_coupon(template=make_template(budget=D(100)))
    for number in range(6):
        order = f"R{number}"
        redemption.lock(coupon.code, channel="pos", order_no=order, amount=D(100))
        Coupon.objects.update(lock_until=days_ago(0.001))

        def give_back(verb, order=order):
            try:
                return verb(coupon.code, channel="pos", order_no=order)
            except Refusal as refusal:
                return refusal.code

        redeem = partial(redemption.redeem, coupon.code, channel="pos", order_no=order, amount=D(100))
        release, reverse = partial(give_back, redemption.release), partial(give_back, redemption.reverse)
        outcome = at_once([redeem, release, reverse, release_lapsed_locks, redeem, reverse] * 2)
        assert outcome.broken == []
        give_back(redemption.reverse)
        give_back(redemption.release)
        assert broken() == []
    assert CouponTemplate.objects.get().budget_used == 0
