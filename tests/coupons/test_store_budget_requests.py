"""A store manager asks for more of the store's budget; area manager or headquarters agree, once; regions add up."""

from decimal import Decimal
from threading import Thread

import pytest
from django.db import connection
from django.test import Client

from coupons import storebudgets, topups
from coupons.models import GuideBudget, StoreBudget, TopUp, TopUpState
from coupons.quotas import Purse
from stores import policy
from stores.errors import NotFound, Refusal
from tests.coupons.shop import open_shop
from tests.makers import make_area_manager, make_guide, make_manager, make_marketer, make_region, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def chen(shop):
    """The area manager above the store."""
    return make_area_manager(region=shop.store.region)


def refused(call, *arguments, **given) -> str:
    """The code of the refusal; requests and budgets stand as before."""
    before = [list(model.objects.values()) for model in (TopUp, StoreBudget, GuideBudget)]
    with pytest.raises(Refusal) as caught:
        call(*arguments, **given)
    assert [list(model.objects.values()) for model in (TopUp, StoreBudget, GuideBudget)] == before
    return caught.value.code


def test_the_area_manager_agrees_and_the_stores_limit_rises_once(shop, chen):
    asked = topups.ask(shop.zhou_min, value=Decimal(30_000), of_store=True, reason="周年庆")
    assert list(topups.waiting_for(chen)) == [asked]
    for _tap in range(2):
        granted = topups.grant(asked, by=chen)
    assert (granted.state, granted.decided_by) == (TopUpState.GRANTED, chen)
    assert StoreBudget.objects.values_list("limit", "used", "count_limit").get() == (35_000, 0, None)
    assert not GuideBudget.objects.exists()
    assert topups.news_for(shop.zhou_min) == [granted]


def test_nobody_in_the_store_and_no_other_area_manager_answers(shop):
    second = make_manager("何静", store=shop.store)
    elsewhere = make_area_manager("顾敏", region=make_region("华南"))
    asked = topups.ask(shop.zhou_min, value=Decimal(100), of_store=True)
    for somebody in (shop.zhou_min, second, shop.xiaoman):
        assert not topups.waiting_for(somebody).exists()
    assert refused(topups.grant, asked, by=shop.zhou_min) == "top_up_not_yours"
    assert refused(topups.grant, asked, by=second) == "top_up_not_yours"
    for stranger in (shop.xiaoman, elsewhere):
        with pytest.raises(NotFound):
            topups.grant(asked, by=stranger)
    assert topups.turn_down(asked, by=make_marketer(), reason="下月再加").state == TopUpState.REFUSED
    assert not StoreBudget.objects.exists()


def test_only_managers_ask_for_the_store_and_within_bounds(shop):
    assert refused(topups.ask, shop.xiaoman, value=Decimal(10), of_store=True) == "top_up_not_for_you"
    assert refused(topups.ask, shop.zhou_min, value=Decimal(200_001), of_store=True) == "top_up_amount"
    assert refused(topups.ask, shop.zhou_min, count=0, of_store=True) == "top_up_amount"


def test_the_managers_own_budget_and_the_stores_are_two_requests(shop, chen):
    own = topups.ask(shop.zhou_min, value=Decimal(50))
    store = topups.ask(shop.zhou_min, value=Decimal(500), count=20, of_store=True)
    again = topups.ask(shop.zhou_min, value=Decimal(700), of_store=True)
    assert (again.pk, again.value, again.count) == (store.pk, 700, None)
    topups.grant(own, by=chen)
    topups.grant(store, by=chen)
    assert GuideBudget.objects.get().limit == 2050
    assert StoreBudget.objects.get().limit == 5700


def test_a_region_adds_its_stores_up_and_an_area_manager_sees_no_other(shop, chen):
    second = make_store("静安寺店", region=shop.store.region)
    far = make_store("五山路店", region=make_region("华南"))
    topups.grant(topups.ask(shop.zhou_min, value=Decimal(1000), of_store=True), by=chen)
    found = storebudgets.by_store(chen)
    assert {one.store: one.purse.limit for one in found} == {shop.store: 6000, second: 5000}
    assert storebudgets.together(one.purse for one in found) == Purse(Decimal(11_000))
    regions = storebudgets.by_region(make_marketer())
    assert {one.name: one.total.limit for one in regions} == {shop.store.region.name: 11_000, "华南": 5000}
    policy.change("offers.store_month_count", 5, by=None)
    assert storebudgets.together(one.purse for one in storebudgets.by_store(make_marketer())).count_limit is None
    assert far


def test_headquarters_agree_on_the_list_and_see_the_regions(shop):
    asked = topups.ask(shop.zhou_min, value=Decimal(1000), of_store=True)
    browser = Client()
    browser.force_login(make_marketer())
    browser.post("/hq/coupons/topup/", {"action": "agree", "_selected_action": [asked.pk]})
    assert StoreBudget.objects.get().limit == 6000
    page = browser.get("/hq/coupons/storebudget/")
    assert [one.total.limit for one in page.context["regions"]] == [6000]
    assert "6,000" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_eight_taps_at_once_raise_once():
    shop = open_shop()
    chen = make_area_manager(region=shop.store.region)
    asked = topups.ask(shop.zhou_min, value=Decimal(1000), of_store=True)

    def tap() -> None:
        topups.grant(asked, by=chen)
        connection.close()

    threads = [Thread(target=tap) for _nth in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert StoreBudget.objects.get().limit == 6000


def test_a_guide_who_was_made_manager_of_another_store_is_not_asked_for(shop, chen):
    asked = topups.ask(shop.zhou_min, value=Decimal(1000), of_store=True)
    shop.zhou_min.store = make_store("静安寺店")
    shop.zhou_min.save()
    assert topups.close_stale() == 1
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == (TopUpState.LAPSED, "guide_moved")
    assert make_guide("何文")
