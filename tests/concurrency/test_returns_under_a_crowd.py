"""Many hear of a return at once, while a till takes the redemption back; and what no lock would make of it."""

from decimal import Decimal
from functools import partial

import pytest

from coupons import redemption, refunds
from coupons.models import Coupon, CouponEvent
from members.models import Order
from members.orders.drafts import LineDraft
from tests.concurrency.crowd import after_looking, at_once
from tests.coupons.shop import broken, redeem, used_budget
from tests.makers import days_ago, make_coupon, make_order, make_return, make_template

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 12
D = Decimal


def returned_twice() -> tuple[Coupon, Order]:
    """A coupon of ¥10 on six melons, of which one came back, and then two."""
    coupon = redeem(make_coupon(template=make_template(budget=D(50))))
    order = make_order(
        order_no="R1", paid_at=days_ago(0.1), lines=[LineDraft("melon", D(6), D(20), D(110), name="麒麟西瓜")]
    )
    for number, (count, paid) in enumerate((("1", "18.33"), ("2", "36.67"))):
        lines = [LineDraft("melon", D(count), D(20), D(paid))]
        make_return(paid, sale=order, return_no=f"B{number}", lines=lines)
    return coupon, order


def told() -> list[tuple[str, Decimal]]:
    events = CouponEvent.objects.filter(move="returned").order_by("pk")
    return list(events.values_list("note", "amount"))


def test_each_refund_counts_once():
    coupon, order = returned_twice()
    outcome = at_once([partial(refunds.give_back, [order.pk])] * CROWD)
    assert (outcome.broken, sorted(outcome.done)) == ([], [0] * (CROWD - 1) + [1])
    assert told() == [("B0", D("1.66")), ("B1", D("3.34"))]
    assert (Coupon.objects.get().given_back, used_budget(coupon.template)) == (D("5.00"), D("5.00"))
    assert broken() == []


def test_a_till_that_reverses_meanwhile_leaves_no_budget_behind():
    coupon, order = returned_twice()
    reverse = partial(redemption.reverse, coupon.code, channel="pos", order_no="R1")
    outcome = at_once([*[partial(refunds.give_back, [order.pk])] * (CROWD // 2), *[reverse] * (CROWD // 2)])
    assert (outcome.broken, outcome.refused) == ([], [])
    coupon.refresh_from_db()
    assert (coupon.state, coupon.given_back, used_budget(coupon.template)) == ("issued", None, D(0))
    assert broken() == []


def test_without_the_lock_a_refund_counts_more_than_once(monkeypatch):
    """The control: the crowd reads the coupon before anybody has written."""
    monkeypatch.setattr(refunds, "TOUCHED", refunds.TOUCHED.partition("ORDER BY")[0])
    monkeypatch.setattr(refunds, "_told", after_looking(refunds._told, CROWD))
    _coupon, order = returned_twice()
    at_once([partial(refunds.give_back, [order.pk])] * CROWD)
    assert len(told()) > 2
    assert "coupons.given_back" in {difference.name for difference in broken()}
