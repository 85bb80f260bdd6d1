"""The audit of codes and referrals finds nothing in a busy week, and finds each kind of damage (the control)."""

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.models import Referral
from campaigns.recruiting import counting, referring
from campaigns.recruiting.invariants import INVARIANTS
from members.audit import audit
from members.models import Member
from tests.makers import make_member, make_order, make_return
from tests.recruiting.people import campaign_code, joined, make_programme, news_arrives, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_busy_week():
    """Xiaomei's friends buy: one reward stands, one came back; somebody signed up by the poster that two looked at."""
    shop = open_shop()
    make_programme()
    poster = campaign_code()
    for visitor in ("一号", "二号", "二号"):
        counting.count_scan(poster, visitor)
    joined(poster, shop.xiaoman, store=shop.store)
    meimei = make_member("张晓梅", guide=shop.xiaoman)
    for name, phone in (("吴晓峰", "13900001111"), ("孙悦", "13900002222")):
        friend = make_member(name, guide=shop.hejun, phone=phone, joined_at=timezone.now())
        referring.refer(meimei, friend)
        make_order("100.00", member=friend, store=shop.store, order_no=phone)
        news_arrives()
    make_return("100.00", sale=Referral.objects.get(friend__name="孙悦").order)
    news_arrives()
    assert sorted(Referral.objects.values_list("state", flat=True)) == ["rewarded", "void"]
    assert Member.objects.count() == 4


def broken() -> set[str]:
    """The names of what the audit finds wrong."""
    return {difference.name for difference in audit(names=[name for name, _sql, _why in INVARIANTS])}


DAMAGE = {
    "code_counts_its_new_members": "UPDATE campaigns_codeday SET sign_ups = sign_ups + 1",
    "code_counts_its_visitors": "UPDATE campaigns_codeday SET scans = scans + 1 WHERE scans > 0",
    "referral_is_between_two": "UPDATE campaigns_referral SET inviter_id = friend_id WHERE state = 'rewarded'",
    "reward_is_the_coupon_of_its_referral": "UPDATE coupons_coupon SET origin_id = origin_id + 7 "
    "WHERE origin = 'referral' AND state = 'issued'",
    "rewarded_referral_says_what_it_gave": "UPDATE campaigns_referral SET inviter_coupon_id = NULL, "
    "friend_coupon_id = NULL WHERE state = 'rewarded'",
    "void_referral_left_nothing_behind": "UPDATE campaigns_referral SET state = 'void', reason = 'by_hand', "
    "ended_at = now() WHERE state = 'rewarded'",
}


def test_a_busy_week_is_in_order():
    assert broken() == set()


@pytest.mark.parametrize("name", DAMAGE)
def test_each_damage_is_found(name):
    with connection.cursor() as cursor:
        cursor.execute(DAMAGE[name])
        assert cursor.rowcount > 0
    assert name in broken()


def test_no_invariant_is_without_its_control():
    assert {name for name, _sql, _explanation in INVARIANTS} == set(DAMAGE)
