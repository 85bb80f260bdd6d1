"""Headquarters changes limits of offers with a history, answers requests where nobody does, and marks colleagues."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from coupons import colleagues, quotas, topups
from coupons.models import GuideBudget, OfferQuota, StoreBudget, TopUp, TopUpState
from stores.history import of_row
from tests.coupons.shop import open_shop
from tests.hq.test_privacy_pages import signed_in
from tests.makers import make_admin, make_guide, make_manager, make_marketer, make_template

pytestmark = pytest.mark.django_db
LISTS = ("offerquota", "guidebudget", "storebudget", "topup", "offer")


@pytest.fixture
def shop():
    shop = open_shop()
    month = quotas.month_of(shop.store, timezone.now())
    quotas.take(shop.xiaoman, shop.store, make_template(open_to_guides=True), Decimal(10), month)
    return shop


def act(browser, name: str, *rows):
    return browser.post(
        reverse("admin:coupons_topup_changelist"), {"action": name, "_selected_action": [row.pk for row in rows]}
    )


@pytest.mark.parametrize("name", LISTS)
def test_the_lists_open_filtered_and_searched(shop, name):
    topups.ask(shop.xiaoman, value=Decimal(20))
    browser, url = signed_in(make_marketer()), reverse(f"admin:coupons_{name}_changelist")
    assert browser.get(url).status_code == 200
    assert browser.get(url, {"q": "林"}).status_code in (200, 302)
    assert signed_in(shop.zhou_min).get(url).status_code == 302


def test_limits_are_changed_and_the_change_is_kept(shop):
    marketer = make_marketer()
    browser = signed_in(marketer)
    for model, owner in ((GuideBudget, {"guide": shop.xiaoman.pk}), (StoreBudget, {"store": shop.store.pk})):
        row = model.objects.get()
        url = reverse(f"admin:coupons_{model._meta.model_name}_change", args=[row.pk])
        answer = browser.post(url, {**owner, "month": row.month, "limit": "800", "count_limit": ""})
        row.refresh_from_db()
        assert (answer.status_code, row.limit, row.used) == (302, 800, 10)
        assert of_row(marketer, row)
        low = browser.post(url, {**owner, "month": row.month, "limit": "5", "count_limit": ""})
        row.refresh_from_db()
        assert (low.status_code, row.limit) == (302, 800)


def test_requests_are_answered_where_nobody_does(shop):
    browser = signed_in(make_marketer())
    template = make_template(open_to_guides=True)
    first = topups.ask(make_manager("吴岚", store=shop.store), template=template, count=3)
    second = topups.ask(shop.xiaoman, value=Decimal(6000))
    act(browser, "agree", first, second)
    assert OfferQuota.objects.get(template=template).limit == 23
    assert TopUp.objects.get(pk=second.pk).state == TopUpState.ASKED  # more than the store has left
    act(browser, "agree_beyond", second)
    assert GuideBudget.objects.get().limit == 8000
    third = topups.ask(shop.xiaoman, value=Decimal(20))
    act(browser, "turn_down", third)
    third.refresh_from_db()
    assert (third.state, bool(third.answer)) == (TopUpState.REFUSED, True)


def test_a_member_is_marked_as_a_colleague_and_unmarked(shop):
    browser, kexin = signed_in(make_admin()), make_guide("郑可欣", store=shop.store)
    url = reverse("admin:members_member_change", args=[shop.xiaomei.pk]).replace("change/", "colleague/")
    assert browser.get(url).status_code == 200
    assert colleagues.colleague_behind(shop.xiaomei) is None
    browser.post(url, {"number": kexin.employee_no})
    assert colleagues.colleague_behind(shop.xiaomei) == kexin
    browser.post(url, {"number": kexin.employee_no, "ended": "on"})
    assert colleagues.colleague_behind(shop.xiaomei) is None
    assert signed_in(shop.zhou_min).get(url).status_code == 302
