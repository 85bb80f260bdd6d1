"""The check of a coupon takes the lines of the receipt, and says what redeeming with the same lines takes off."""

from decimal import Decimal

import pytest

from coupons.models import CouponEvent
from stores.models import Scope
from tests.api.callers import make_till
from tests.makers import make_coupon, make_member, make_store, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def till():
    return make_till(Scope.COUPONS_READ, Scope.COUPONS_REDEEM)


@pytest.fixture
def store():
    return make_store("静安寺店")


def check(till, coupon, store, *lines: str, **more) -> dict:
    answer = till.read(f"/coupons/{coupon.code}/", store=store.code, line=list(lines), **more)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def fruit():
    """¥10 off ¥60 of melons."""
    return make_coupon(make_member(phone="13812345678"), template=make_template(skus=["F001"]))


def test_a_coupon_on_certain_products_is_judged_by_its_lines(till, store, fruit):
    short = check(till, fruit, store, "F001:48.00:2", "F002:80.00")
    assert (short["usable"], short["refusal"]["code"], short["refusal"]["short"]) == (
        False, "threshold_not_met", "12.00")  # fmt: skip
    none = check(till, fruit, store, "F002:80.00")
    assert none["refusal"]["code"] == "product_not_in_scope"
    assert check(till, fruit, store, "F001:60.00", "F002:20.00")["discount"] == "10.00"
    unsaid = till.read(f"/coupons/{fruit.code}/", store=store.code, amount="128.00").json()
    assert unsaid["refusal"]["lines_needed"] is True  # control: without them it cannot be judged
    assert not CouponEvent.objects.exists()


def test_a_fixed_price_is_of_the_dearest_piece_and_redeeming_takes_off_the_same(till, store):
    template = make_template(kind="fixed_price", fixed_price=Decimal("9.90"), cap=Decimal(50), skus=["F001"])
    coupon = make_coupon(make_member(), template=template)
    checked = check(till, coupon, store, "F001:59.80:2", "F002:36.00")
    assert (checked["usable"], checked["discount"]) == (True, "20.00")
    body = {
        "order_no": "N-1",
        "store": store.code,
        "amount": "95.80",
        "lines": [{"sku": "F001", "amount": "59.80", "quantity": "2"}, {"sku": "F002", "amount": "36.00"}],
    }
    assert till.send("POST", f"/coupons/{coupon.code}/redeem/", body).json()["discount"] == "20.00"


def test_a_better_coupon_is_found_with_the_same_lines(till, store, fruit):
    other = make_coupon(fruit.member, template=make_template("满30减3", threshold=Decimal(30), amount_off=Decimal(3),
                                                             kind="amount_off", skus=["F001"]))  # fmt: skip
    said = check(till, fruit, store, "F001:48.00", identity="phone:13812345678")
    assert said["refusal"]["better_coupon"]["code"] == other.code


@pytest.mark.parametrize("line", ["", "F001", "F001:x", ":5.00", "F001:5.00:-1", "F001:1e400", "F\x001:5.00", "::::"])
def test_what_is_no_line_is_refused_in_the_one_shape(till, store, fruit, line):
    answer = till.read(f"/coupons/{fruit.code}/", store=store.code, line=line)
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"]


def test_a_hundred_lines_are_enough(till, store, fruit):
    answer = till.read(f"/coupons/{fruit.code}/", store=store.code, line=["F001:1.00"] * 101)
    assert answer.status_code == 400
