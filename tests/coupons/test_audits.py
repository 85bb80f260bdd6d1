"""The audit of coupons finds nothing in a busy shop, and finds each kind of damage (the control)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from coupons import bulk, exchange, gifts, offers, packs, redemption, voiding
from coupons.audits import INVARIANTS
from coupons.models import Coupon, Offer, TierGift
from members.ledgers import points
from members.models import Benefit
from stores import jobs
from tests.coupons.shop import broken, lock, open_shop, redeem
from tests.makers import days_ago, make_coupon, make_pack, make_template

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
    points.adjust(shop.xiaomei, 500, note="开卡礼", by=None, at=days_ago(20))
    bought = make_template(points_price=100)
    exchange.exchange(shop.xiaomei, bought, request_key="1")
    voiding.undo_exchange(exchange.exchange(shop.xiaomei, bought, request_key="2"), by=shop.xiaoman)
    birthday = Benefit.objects.create(
        tier=shop.xiaomei.tier, kind="birthday_gift", title="生日礼盒", quota=1, period="year"
    )
    TierGift.objects.create(benefit=birthday, template=make_template())
    gifts.give([gifts.Due(shop.xiaomei.pk, "birthday_gift", date(2026, 11, 24))])
    pack = make_pack((make_template(), 1), (make_template(), 1, 7))
    packs.give_pack(pack, shop.xiaomei, origin="staff", request_key="1")


def test_a_busy_shop_is_in_order():
    a_busy_shop()
    assert broken() == []


DAMAGE = {
    "coupons.counts": "WITH state AS (INSERT INTO coupons_countstate (template_id, as_of, seen_event, seen_coupon, "
    "next_event, next_coupon, next_xid) SELECT id, now(), (SELECT max(id) FROM coupons_couponevent), "
    "(SELECT max(id) FROM coupons_coupon), 0, 0, 0 FROM coupons_coupontemplate RETURNING template_id) "
    "INSERT INTO coupons_couponcount (template_id, day, issued, used, voided, live, cost, sales, orders) "
    "SELECT template_id, '2020-01-01', 1, 0, 0, 1, 0, 0, 0 FROM state",
    "coupons.issued": "UPDATE coupons_coupontemplate SET issued = issued + 1",
    "coupons.history": "DELETE FROM coupons_couponevent WHERE move = 'redeemed'",
    "coupons.budget": "UPDATE coupons_coupontemplate SET budget_used = budget_used + 0.01",
    "coupons.given_back": "INSERT INTO coupons_couponevent (coupon_id, move, order_channel, order_no, amount) "
    "SELECT id, 'returned', order_channel, order_no, 1 FROM coupons_coupon WHERE state = 'used'",
    "coupons.runs": "UPDATE coupons_issuerun SET issued = issued + 1",
    "coupons.packs": "UPDATE coupons_givenpack SET origin_id = 7",
    "coupons.packs_due": "UPDATE coupons_packstep SET due_at = now() - interval '2 days' WHERE coupon_id IS NULL",
    "coupons.quota": "UPDATE coupons_offerquota SET used = used - 1",
    "coupons.guide_budget": "UPDATE coupons_guidebudget SET count_used = count_used + 1",
    "coupons.store_budget": "UPDATE coupons_storebudget SET used = used + 0.01",
    "coupons.offers": "UPDATE coupons_offer SET coupon_id = NULL",
    "coupons.gifts": "UPDATE coupons_coupon SET origin_id = origin_id + 1 WHERE origin = 'tier'",
    "coupons.exchanges": "UPDATE coupons_pointsexchange SET points = points + 1 WHERE returned_at IS NULL",
    "coupons.erased": "INSERT INTO members_erasure (member_id, asked_by, reason, made_at, removed, digests) SELECT "
    "DISTINCT member_id, 'member', '', now() - interval '2 hours', '{}'::jsonb, '{}'::bytea[] FROM coupons_coupon",
    "coupons.exchanges_undone": "UPDATE coupons_pointsexchange SET returned_at = NULL WHERE returned_at IS NOT NULL",
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
