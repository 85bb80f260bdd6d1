"""The wallet shows what is usable at this very moment; what nobody used expires by sets."""

import pytest
from django.utils import timezone

from coupons import expiry
from coupons.models import Coupon
from coupons.wallet import history_of, wallet_of
from stores import jobs
from tests.coupons.shop import broken, lock, moves, open_shop, redeem, told
from tests.makers import days_ago, make_coupon, make_member, make_template

pytestmark = pytest.mark.django_db


def test_usable_coupons_come_first_and_the_next_to_end_on_top():
    xiaomei = make_member()
    late, soon = (make_coupon(xiaomei, template=make_template(valid_days=days)) for days in (9, 2))
    used = redeem(make_coupon(xiaomei))
    ended = make_coupon(xiaomei, at=days_ago(20))
    make_coupon(make_member("吴晓峰"))
    wallet = list(wallet_of(xiaomei))
    assert [(coupon, coupon.standing) for coupon in wallet] == [
        (soon, "issued"),
        (late, "issued"),
        (ended, "expired"),
        (used, "used"),
    ]
    assert list(wallet_of(xiaomei, states=["expired"])) == [ended]


def test_a_lapsed_lock_shows_as_usable_before_the_sweep_was_there():
    coupon = lock(make_coupon())
    assert wallet_of(coupon.member).get().standing == "locked"
    Coupon.objects.update(lock_until=days_ago(0.01))
    assert wallet_of(coupon.member).get().standing == "issued"
    Coupon.objects.update(valid_until=timezone.now())
    assert wallet_of(coupon.member).get().standing == "expired"


def test_the_history_tells_every_move_from_the_issue_on():
    shop = open_shop()
    coupon = make_coupon(shop.xiaomei, guide=shop.xiaoman, origin="offer")
    redeem(lock(coupon, store=shop.store), store=shop.store, actor="till 3")
    told_moves = [(entry.move, entry.store, entry.order_no, entry.actor) for entry in history_of(coupon)]
    assert told_moves == [
        ("issued", "", "", "林小满"),
        ("locked", "滨河路店", "R1", ""),
        ("redeemed", "滨河路店", "R1", "till 3"),
    ]
    assert [entry.title for entry in history_of(coupon)] == ["已发放", "锁定", "核销"]


def test_ended_coupons_expire_in_chunks_and_are_told(monkeypatch):
    monkeypatch.setattr(expiry, "CHUNK", 2)
    ended = [make_coupon(at=days_ago(20)) for _ in range(5)]
    living, used = make_coupon(), redeem(make_coupon(at=days_ago(9)), at=days_ago(4))
    job = jobs.plan("coupons.expire", params={"day": "2026-11-22"})
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"expired": 5})
    assert Coupon.objects.filter(state="expired").count() == 5
    living.refresh_from_db()
    used.refresh_from_db()
    assert (living.state, used.state) == ("issued", "used")
    assert moves(ended[0]) == ["expired"]
    assert {fact.subject for fact in told("coupon.expired")} == {coupon.pk for coupon in ended}
    assert broken() == []
