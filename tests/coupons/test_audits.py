"""The audit of coupons finds nothing in a busy shop, and finds each kind of damage (the control)."""

from decimal import Decimal

import pytest
from django.db import connection

from coupons import bulk, offers, redemption
from coupons.audits import INVARIANTS
from coupons.models import Coupon, Offer
from stores import jobs
from tests.coupons.shop import broken, lock, open_shop, redeem
from tests.makers import days_ago, make_coupon, make_template

pytestmark = pytest.mark.django_db


def a_busy_shop() -> None:
    """Something of everything."""
    shop = open_shop()
    template = make_template(open_to_guides=True, budget=Decimal(500), stock=100)
    jobs.run(bulk.start(template, {}, by=None).job_id)
    first = redeem(Coupon.objects.get())
    redemption.reverse(first.code, channel="pos", order_no="R1")
    lock(first, "R2")
    redeem(make_coupon(shop.xiaomei, template=template), "R3")
    offer = offers.send(shop.xiaoman, shop.xiaomei, template=template, text="", channel="wecom", request_key="1")
    Offer.objects.update(leaves_at=days_ago(1))
    offers.leave(offer.pk)
    offers.send(shop.xiaoman, shop.xiaomei, template=template, text="", channel="wecom", request_key="2")


def test_a_busy_shop_is_in_order():
    a_busy_shop()
    assert broken() == []


DAMAGE = {
    "coupons.issued": "UPDATE coupons_coupontemplate SET issued = issued + 1",
    "coupons.history": "DELETE FROM coupons_couponevent WHERE move = 'redeemed'",
    "coupons.budget": "UPDATE coupons_coupontemplate SET budget_used = budget_used + 0.01",
    "coupons.runs": "UPDATE coupons_issuerun SET issued = issued + 1",
    "coupons.quota": "UPDATE coupons_offerquota SET used = used - 1",
    "coupons.store_budget": "UPDATE coupons_storebudget SET used = used + 0.01",
    "coupons.offers": "UPDATE coupons_offer SET coupon_id = NULL",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_each_damage_is_found(name):
    a_busy_shop()
    with connection.cursor() as cursor:
        cursor.execute(DAMAGE[name])
        assert cursor.rowcount > 0
    assert {difference.name for difference in broken()} == {name}


def test_no_invariant_is_without_its_control():
    assert {name for name, _sql, _explanation in INVARIANTS} == set(DAMAGE)
