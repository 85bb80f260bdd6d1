"""A guide asks for more, whoever leads the store answers; the limit of that row rises once, and both are told."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from coupons import catalogue, offers, topups
from coupons.errors import CouponRefused
from coupons.models import CouponTemplate, GuideBudget, OfferQuota, TopUp, TopUpState
from stores import policy
from stores.errors import NotFound, Refusal
from stores.staff import leave, transfer
from tests.coupons.shop import Shop, broken, open_shop
from tests.makers import make_area_manager, make_guide, make_manager, make_marketer, make_store, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    policy.change("offers.member_weekly_cap", 50, by=None)
    policy.change("contacts.per_day", 50, by=None)
    policy.change("contacts.per_month", 50, by=None)
    return open_shop()


@pytest.fixture
def one_each(shop) -> CouponTemplate:
    """A coupon of ¥10 of which everybody may send one."""
    return make_template(open_to_guides=True, guide_month_quota=1)


def send(shop: Shop, template, key: str):
    return offers.send(shop.xiaoman, shop.xiaomei, template=template, text="您好", channel="wecom", request_key=key)


def refused(call, *arguments, **given) -> str:
    """The code of the refusal; requests, quotas and budgets stand as before."""
    before = [list(model.objects.values()) for model in (TopUp, OfferQuota, GuideBudget)]
    with pytest.raises(Refusal) as caught:
        call(*arguments, **given)
    assert [list(model.objects.values()) for model in (TopUp, OfferQuota, GuideBudget)] == before
    return caught.value.code


def test_a_spent_quota_asked_for_and_granted_can_be_sent_from_again(shop, one_each):
    send(shop, one_each, "k1")
    assert refused(send, shop, one_each, "k2") == "quota_spent"
    asked = topups.ask(shop.xiaoman, template=one_each, count=5, reason="周末有试吃")
    assert list(topups.waiting_for(shop.zhou_min)) == [asked]
    granted = topups.grant(asked, by=shop.zhou_min)
    assert (granted.state, granted.decided_by) == (TopUpState.GRANTED, shop.zhou_min)
    assert OfferQuota.objects.values_list("used", "limit").get() == (1, 6)
    send(shop, one_each, "k2")
    assert not topups.waiting_for(shop.zhou_min).exists()
    assert broken() == []


def test_granting_twice_raises_once(shop, one_each):
    asked = topups.ask(shop.xiaoman, template=one_each, count=5)
    for _tap in range(2):
        topups.grant(asked, by=shop.zhou_min)
    assert OfferQuota.objects.get().limit == 6


def test_a_budget_is_raised_in_yuan_and_in_coupons(shop):
    template = make_template(open_to_guides=True)
    policy.change("offers.guide_month_budget", 10, by=None)
    policy.change("offers.guide_month_count", 1, by=None)
    send(shop, template, "k1")
    assert refused(send, shop, template, "k2") == "guide_budget_spent"
    topups.grant(topups.ask(shop.xiaoman, value=Decimal(40)), by=shop.zhou_min)
    assert refused(send, shop, template, "k2") == "guide_count_spent"
    topups.grant(topups.ask(shop.xiaoman, count=3), by=shop.zhou_min)
    assert GuideBudget.objects.values_list("limit", "count_limit").get() == (50, 4)
    send(shop, template, "k2")
    assert broken() == []


def test_what_is_without_limit_stays_so(shop):
    policy.change("offers.guide_month_budget", 0, by=None)
    topups.grant(topups.ask(shop.xiaoman, value=Decimal(40)), by=shop.zhou_min)
    assert GuideBudget.objects.get().limit is None


def test_asking_again_before_the_answer_changes_the_request(shop, one_each):
    first = topups.ask(shop.xiaoman, template=one_each, count=5)
    again = topups.ask(shop.xiaoman, template=one_each, count=2, reason="少要几张")
    assert first == again == TopUp.objects.get()
    assert (again.count, again.reason) == (2, "少要几张")
    assert topups.ask(shop.xiaoman, value=Decimal(20)) != first


@pytest.mark.parametrize("given", [{"count": 0}, {"count": 201}, {"value": Decimal(0)}, {"value": Decimal(20_001)}, {}])
def test_only_sensible_amounts_are_asked_for(shop, given):
    assert refused(topups.ask, shop.xiaoman, **given) == "top_up_amount"


def test_nothing_is_asked_of_a_coupon_that_guides_may_not_send(shop, one_each):
    assert refused(topups.ask, shop.xiaoman, template=make_template(), count=1) == "not_open_to_guides"
    assert refused(topups.ask, make_marketer(), template=one_each, count=1) == "no_store"


def test_no_is_said_with_a_reason_and_changes_no_limit(shop, one_each):
    asked = topups.ask(shop.xiaoman, template=one_each, count=5)
    assert refused(topups.turn_down, asked, by=shop.zhou_min, reason="  ") == "top_up_reason_missing"
    told = topups.turn_down(asked, by=shop.zhou_min, reason="下周有新券")
    assert (told.state, topups.closing_words(told)) == (TopUpState.REFUSED, "下周有新券")
    assert not OfferQuota.objects.exists()
    assert refused(topups.grant, asked, by=shop.zhou_min) == "top_up_decided"


def test_more_than_the_store_has_left_is_said_before_it_is_granted(shop, one_each):
    policy.change("offers.store_month_budget", 35, by=None)
    asked = topups.ask(shop.xiaoman, template=one_each, count=4)
    assert refused(topups.grant, asked, by=shop.zhou_min) == "beyond_store_budget"
    assert topups.grant(asked, by=shop.zhou_min, beyond_store=True).state == TopUpState.GRANTED
    for nth in range(3):
        send(shop, one_each, f"k{nth}")
    assert refused(send, shop, one_each, "k3") == "store_budget_spent"  # and the store's own bound holds all the same


def test_who_may_answer(shop, one_each):
    area = make_area_manager(region=shop.store.region)
    of_guide = topups.ask(shop.xiaoman, template=one_each, count=1)
    of_manager = topups.ask(shop.zhou_min, template=one_each, count=1)
    assert refused(topups.grant, of_guide, by=shop.xiaoman) == "top_up_not_yours"
    assert refused(topups.grant, of_manager, by=shop.zhou_min) == "top_up_not_yours"
    assert refused(topups.grant, of_manager, by=make_manager("吴岚", store=shop.store)) == "top_up_not_yours"
    for stranger in (make_guide("郑可欣", store=shop.store), make_manager("赵敏"), make_area_manager()):
        for call in (topups.grant, topups.withdraw):
            with pytest.raises(NotFound):
                call(of_guide, by=stranger)
    assert list(topups.waiting_for(shop.zhou_min)) == [of_guide]
    assert list(topups.waiting_for(area)) == [of_guide, of_manager]
    assert list(topups.waiting_for(shop.xiaoman)) == []
    assert topups.grant(of_manager, by=area).state == TopUpState.GRANTED
    assert topups.grant(of_guide, by=make_marketer()).state == TopUpState.GRANTED


def test_a_guide_withdraws_before_the_answer_only(shop, one_each):
    asked = topups.ask(shop.xiaoman, template=one_each, count=1)
    for _tap in range(2):
        assert topups.withdraw(asked, by=shop.xiaoman).state == TopUpState.WITHDRAWN
    assert refused(topups.grant, asked, by=shop.zhou_min) == "top_up_decided"
    other = topups.grant(topups.ask(shop.xiaoman, template=one_each, count=1), by=shop.zhou_min)
    assert refused(topups.withdraw, other, by=shop.xiaoman) == "top_up_decided"
    assert refused(topups.withdraw, other, by=shop.zhou_min) == "top_up_of_another"


def test_the_guide_is_told_once(shop, one_each):
    topups.grant(topups.ask(shop.xiaoman, template=one_each, count=1), by=shop.zhou_min)
    open_one = topups.ask(shop.xiaoman, value=Decimal(20))
    assert [one.count for one in topups.news_for(shop.xiaoman)] == [1]
    assert topups.news_for(shop.xiaoman) == []
    topups.turn_down(open_one, by=shop.zhou_min, reason="月底了")
    assert topups.news_for(shop.zhou_min) == []
    assert [one.answer for one in topups.news_for(shop.xiaoman)] == ["月底了"]


@pytest.mark.parametrize("why", ["guide_left", "guide_moved", "month_over", "coupon_stopped"])
@pytest.mark.parametrize("swept", [True, False])
def test_a_request_that_lost_its_sense_is_closed_with_a_sentence(shop, one_each, why, swept):
    asked = topups.ask(shop.xiaoman, template=one_each, count=1)
    if why == "guide_left":
        leave(shop.xiaoman)
    elif why == "guide_moved":
        transfer(shop.xiaoman, store=make_store("西溪店"))
    elif why == "month_over":
        TopUp.objects.update(month=date(2026, 1, 1))
    else:
        catalogue.stop(one_each, None)
        swept = False
    if swept:
        assert (topups.close_stale(), topups.close_stale()) == (1, 0)
        asked.refresh_from_db()
    else:
        asked = topups.grant(asked, by=shop.zhou_min)
    assert (asked.state, asked.answer) == (TopUpState.LAPSED, why)
    assert topups.closing_words(asked) != why
    assert not OfferQuota.objects.exists()


def test_the_sweep_leaves_what_makes_sense(shop, one_each):
    topups.ask(shop.xiaoman, template=one_each, count=1)
    assert topups.close_stale() == 0


def test_a_month_ends_by_the_stores_own_calendar(shop, one_each):
    with time_machine.travel("2026-11-30T23:30:00+08:00", tick=True):
        asked = topups.ask(shop.xiaoman, template=one_each, count=1)
        assert asked.month == date(2026, 11, 1)
    with time_machine.travel("2026-12-01T00:30:00+08:00", tick=True):
        assert topups.grant(asked, by=shop.zhou_min).state == TopUpState.LAPSED


def test_no_phone_number_is_kept_in_reasons(shop, one_each):
    asked = topups.ask(shop.xiaoman, template=one_each, count=1, reason="给 13812345678 的")
    topups.turn_down(asked, by=shop.zhou_min, reason="13812345678 已有")
    assert "13812345678" not in str(TopUp.objects.values().get())


def test_what_is_suggested_is_a_quarter_and_never_too_little():
    assert [topups.suggested_count(limit) for limit in (0, 1, 20, 21, 4000)] == [2, 2, 5, 6, 200]
    found = [topups.suggested_value(Decimal(limit)) for limit in (0, 100, 2000)]
    assert (found, topups.suggested_value(Decimal(100), Decimal("88.50"))) == ([20, 30, 500], 90)


def test_refusals_have_their_own_error_class(shop):
    with pytest.raises(CouponRefused):
        topups.ask(shop.xiaoman, count=-1)
