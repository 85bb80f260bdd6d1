"""What a till waits for: a coupon with all that the rules look at, in one round trip, the same as the models say."""

from decimal import Decimal

import pytest

from coupons import holding
from coupons.codes import new_code
from coupons.errors import CouponRefused
from coupons.models import Coupon
from tests.coupons.shop import lock, redeem
from tests.makers import days_ago, make_coupon, make_member, make_store, make_template

pytestmark = pytest.mark.django_db


def fields_of(row) -> dict:
    """Every column of a row, fetched where it was left out."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.fixture
def coupon() -> Coupon:
    """With something in every corner: products, stores, hours, a budget; locked, so that the receipt is there."""
    store = make_store(time_zone="Europe/Paris")
    terms = {
        "skus": ["F001", "F002"],
        "store_ids": [store.pk],
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "stack_group": "满减",
    }
    template = make_template(kind="percent_off", percent=Decimal("88"), cap=Decimal("30"), budget=Decimal(500), **terms)
    return make_coupon(make_member(home_store=store), template=template, at=days_ago(1))


def test_what_is_found_is_what_the_models_say(coupon):
    found = holding.find(coupon.code)
    told = Coupon.objects.select_related("terms", "template", "member__home_store").get(pk=coupon.pk)
    for mine, theirs in (
        (found, told),
        (found.terms, told.terms),
        (found.template, told.template),
        (found.member, told.member),
        (found.member.home_store, told.member.home_store),
    ):
        assert fields_of(mine) == fields_of(theirs)


def test_a_member_without_a_store_has_none():
    assert holding.find(make_coupon().code).member.home_store is None


def test_the_other_coupons_of_the_receipt_are_told_by_their_groups():
    one, two, three = (make_coupon(template=make_template(stack_group=group)) for group in ("甲", "乙", "丙"))
    redeem(one, "R1")
    lock(two, "R1")
    redeem(three, "R2")
    assert sorted(holding.hold(three.code, ("pos", "R1"))[1]) == ["乙", "甲"]
    assert holding.hold(one.code, ("pos", "R1"))[1] == ["乙"]
    assert holding.hold(one.code, ("web", "R1"))[1] == []


@pytest.mark.parametrize("code", [new_code(), "0000"], ids=("made up", "too short"))
def test_no_coupon_is_refused(code):
    for ask in (holding.find, lambda code: holding.hold(code, ("pos", "R1"))):
        with pytest.raises(CouponRefused) as refused:
            ask(code)
        assert refused.value.code == "coupon_not_found"


def test_a_redemption_is_three_statements(django_assert_num_queries):
    coupon = make_coupon()
    redeem(make_coupon(template=coupon.template), "R0")  # from now on the terms are known
    with django_assert_num_queries(3):  # hold the receipt, then the coupon; the move, its history, the fact, deliveries
        redeem(coupon, "R1")
