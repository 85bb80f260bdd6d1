"""Results of a template and the redemption log: looked at, narrowed, taken away; what leaves is written down."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coupons.admin import log
from coupons.models import CouponEvent
from stores.models import Staff
from tests.coupons.shop import Shop, lock, open_shop, redeem
from tests.makers import days_ago, make_coupon, make_marketer, make_member, make_store, make_template

pytestmark = pytest.mark.django_db

LOG = "admin:coupons_couponevent_changelist"


@pytest.fixture(autouse=True)
def _counted_anew():
    cache.clear()


@pytest.fixture
def su_wan():
    return make_marketer("苏婉")


def signed_in(person: Staff) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


# --- results -------------------------------------------------------------------------------------------------------
def results(browser: Client, template, name: str = "results", **asked):
    return browser.get(reverse(f"admin:coupons_coupontemplate_{name}", args=[template.pk]), asked)


def test_the_page_shows_figures_chart_and_the_same_as_a_table(su_wan):
    shop, template = open_shop(), make_template()
    redeem(make_coupon(shop.xiaomei, template=template, guide=shop.xiaoman, at=days_ago(2)))
    page = results(signed_in(su_wan), template)
    text = page.content.decode()
    assert page.context["results"].total.used == 1
    assert 'role="img"' in text
    assert "<table" in text
    assert "滨河路店" in text
    assert "林小满" in text
    assert len(page.context["columns"]) == 30
    year = results(signed_in(su_wan), template, since=f"{timezone.localdate() - timedelta(days=364)}")
    assert len(year.context["columns"]) == 53


def test_days_that_cannot_be_are_refused_in_words(su_wan):
    template = make_template()
    for asked in ({"since": "2030-01-01"}, {"since": "gestern"}, {"since": "1990-01-01"}):
        page = results(signed_in(su_wan), template, **asked)
        assert (page.status_code, bool(page.context["refusal"])) == (200, True)


def test_the_file_holds_every_row_and_no_formula(su_wan):
    template = make_template("=SUM(A1)")
    make_coupon(make_member(home_store=make_store("静安寺店")), template=template)
    answer = results(signed_in(su_wan), template, "results_file")
    assert answer["Content-Disposition"].startswith("attachment")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("'=SUM(A1)")
    assert any("静安寺店,1,0,0.0" in line for line in lines)


# --- the log -------------------------------------------------------------------------------------------------------
@pytest.fixture
def happened() -> Shop:
    """One coupon used, one held, in one store; one used in another, on another channel."""
    shop, template = open_shop(), make_template("满60减10")
    redeem(make_coupon(shop.xiaomei, template=template), "R1", store=shop.store)
    lock(make_coupon(shop.xiaomei, template=template), "R2", store=shop.store)
    redeem(make_coupon(shop.xiaomei, template=make_template("别的券")), "R3", store=make_store("静安寺店"))
    CouponEvent.objects.filter(order_no="R3").update(order_channel="web", at=days_ago(40))
    return shop


def orders(page) -> list[str]:
    return sorted(event.order_no for event in page.context["cl"].result_list)


def test_the_log_is_narrowed_by_store_template_move_channel_and_day(su_wan, happened):
    browser, url = signed_in(su_wan), reverse(LOG)
    template = CouponEvent.objects.get(order_no="R1").coupon.template_id
    ago = timezone.localdate() - timedelta(days=30)
    asked = {
        f"store__id__exact={happened.store.pk}": ["R1", "R2"],
        f"coupon__template__id__exact={template}": ["R1", "R2"],
        "move__exact=locked": ["R2"],
        "channel=web": ["R3"],
        f"at_from_0={ago}": ["R1", "R2"],
        f"at_to_0={ago}&at_to_1=12:00:00": ["R3"],
        "at_from_0=gestern": ["R1", "R2", "R3"],
        f"store__id__exact={happened.store.pk}&move__exact=redeemed": ["R1"],
    }
    assert {query: orders(browser.get(f"{url}?{query}")) for query in asked} == asked
    assert orders(browser.get(url, {"q": "R3"})) == ["R3"]


def taken(browser: Client, query: str = "") -> list[str]:
    answer = browser.post(reverse("admin:coupons_couponevent_export") + query, {"format": "0", "resource": "0"})
    assert answer["Content-Disposition"].startswith("attachment")
    return answer.content.decode().strip().splitlines()


def test_a_file_of_the_log_follows_the_filters_and_who_took_it_is_written_down(su_wan, happened):
    browser = signed_in(su_wan)
    header, *rows = taken(browser, "?move__exact=redeemed")
    assert "code" not in header
    assert len(rows) == 2
    [entry] = LogEntry.objects.all()
    assert (entry.user_id, entry.object_repr, entry.change_message) == (su_wan.pk, "2", "move__exact=redeemed")
    assert "苏婉" in browser.get(reverse(LOG)).content.decode()


def test_a_code_that_can_still_be_used_does_not_leave_the_house(su_wan, happened):
    text = "\n".join(taken(signed_in(su_wan)))
    used, held = (CouponEvent.objects.get(order_no=number).coupon.code for number in ("R1", "R2"))
    assert used in text
    assert held not in text
    assert held[-4:] in text
    assert "张晓梅" not in text


def test_a_file_has_an_end(su_wan, happened, monkeypatch):
    monkeypatch.setattr(log, "EXPORTED", 2)
    assert len(taken(signed_in(su_wan))) == 3
    assert LogEntry.objects.get().object_repr == "2"


def test_the_days_of_the_log_have_an_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM coupons_couponevent WHERE at > now() - interval '1 day' ORDER BY id DESC"
        )
        assert "coupon_event_at" in "\n".join(row[0] for row in cursor.fetchall())
