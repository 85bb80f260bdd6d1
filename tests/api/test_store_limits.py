"""A key with a list of stores reaches nothing of another store's, however the thing is named."""

import pytest

from coupons import redemption
from coupons.codes import spaced
from coupons.models import Coupon
from members.models import Order
from tests.api.callers import is_problem, make_till
from tests.makers import make_coupon, make_member, make_store

pytestmark = pytest.mark.django_db


def sale(store, amount="50.00", **more):
    line = {"sku": "F001", "quantity": 1, "unit_price": amount}
    return {"order_no": "N-1", "paid_at": "2026-11-20T10:00:00+08:00", "store": store.code, "lines": [line], **more}


@pytest.fixture
def ours():
    return make_store("静安寺店")


@pytest.fixture
def theirs():
    return make_store("徐家汇店")


@pytest.mark.parametrize("spelled", [str.lower, spaced, lambda code: f"{code[:4]}-{code[4:]}"])
def test_a_coupon_that_another_store_holds_is_not_given_back_by_spelling_its_code_differently(ours, theirs, spelled):
    coupon = make_coupon(make_member())
    redemption.redeem(coupon.code, channel="pos", order_no="N-1", amount=100, store=theirs)
    till = make_till(stores=[ours])
    answer = till.send("POST", f"/coupons/{spelled(coupon.code)}/reverse/", {"order_no": "N-1"})
    is_problem(answer, 403, "store_not_allowed")
    assert Coupon.objects.get(pk=coupon.pk).state == "used"
    # control: the store that redeemed it may, in any spelling
    again = make_till(stores=[theirs]).send("POST", f"/coupons/{spelled(coupon.code)}/reverse/", {"order_no": "N-1"})
    assert again.status_code == 200, again.content


def test_an_order_of_another_store_is_not_rewritten_by_a_higher_revision(ours, theirs):
    make_till().send("POST", "/orders/", sale(theirs))
    before = Order.objects.values().get()
    till = make_till(stores=[ours])
    is_problem(till.send("POST", "/orders/", sale(ours, "1.00", revision=9)), 403, "store_not_allowed")
    rows = till.send("POST", "/orders/bulk/", {"orders": [sale(ours, "1.00", revision=9)]}).json()["results"]
    assert [(row["status"], row["code"], row["id"]) for row in rows] == [("refused", "store_not_allowed", None)]
    assert Order.objects.values().get() == before


def test_a_key_for_both_stores_may_correct_where_an_order_was_rung_up(ours, theirs):
    """Control: the same revision by a key that may act for both."""
    till = make_till(stores=[ours, theirs])
    till.send("POST", "/orders/", sale(theirs))
    assert till.send("POST", "/orders/", sale(ours, revision=9)).json()["status"] == "updated"
    rows = till.send("POST", "/orders/bulk/", {"orders": [sale(theirs, revision=10)]}).json()["results"]
    assert rows[0]["status"] == "updated"
    assert Order.objects.get().store == theirs
