"""Results of large templates are counted beforehand: the same as a recount, again only where something moved."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from coupons import audits, resultcounts, results
from coupons.models import CountState, Coupon, CouponCount, CouponEvent, CouponState
from coupons.moves import Move, move_one
from members import windows
from stores import jobs, policy
from stores.models import Job
from tests.coupons.shop import open_shop, redeem
from tests.makers import (
    days_ago,
    make_coupon,
    make_guide,
    make_marketer,
    make_member,
    make_order,
    make_return,
    make_template,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything_is_large():
    cache.clear()
    policy.change("coupons.counted_above", 0, by=None)
    yield
    policy.forget()


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def template(shop):
    """Coupons of three days; two used on one order of ¥200, one on another of ¥80."""
    found = make_template()
    for days, order in ((9, ""), (9, "R1"), (3, "R1"), (3, "R2"), (3, ""), (1, "")):
        guide = shop.xiaoman if days == 3 else None
        coupon = make_coupon(shop.xiaomei if days > 1 else make_member("何文"), template=found, guide=guide,
                             at=days_ago(days))  # fmt: skip
        Coupon.objects.filter(pk=coupon.pk).update(valid_until=days_ago(-20))
        if order:
            redeem(coupon, order, "80.00")
    make_order("200.00", member=shop.xiaomei, order_no="R1", store=shop.store)
    return found


def count(template, **params) -> Job:
    job = jobs.plan(resultcounts.KIND, params={"template": template.pk, **params})
    return jobs.run_to_end(job.pk)


def both(template, days: int = 29):
    """The figures that were counted beforehand, and those of now."""
    cache.clear()
    last = timezone.localdate()
    span = last - timedelta(days=days), last
    summed, now = results.results_of(template, *span), results._counted(template, *span)
    assert (summed.is_summed, now.is_summed) == (True, False)
    return [(one.total, one.days, one.stores, one.guides) for one in (summed, now)]


def broken() -> list:
    """What the audit says of the counts."""
    [sql] = [sql for name, sql, _why in audits.INVARIANTS if name == "coupons.counts"]
    with connection.cursor() as cursor:
        cursor.execute(sql, windows.windows().params)
        return cursor.fetchall()


def test_counted_beforehand_is_what_a_count_of_now_finds(template):
    assert count(template).state == "done"
    summed, now = both(template)
    assert summed == now
    assert (now[0].issued, now[0].used, now[0].sales, now[0].orders) == (6, 3, Decimal(200), 1)
    assert both(template, days=4)[0] == both(template, days=4)[1]
    assert broken() == []


@pytest.mark.django_db(transaction=True)
def test_only_days_on_which_something_changed_are_counted_again(shop, template):
    last, deadline = CouponEvent.objects.latest("pk").pk, time.monotonic() + 60
    while CountState.objects.filter(template=template, seen_event__gte=last).first() is None:
        assert time.monotonic() < deadline  # whoever else is at work in this server has begun before
        count(template)  # the first notes what there is, a later one relies on it
    before = set(CouponCount.objects.values_list("pk", "day"))
    waiting = Coupon.objects.filter(template=template, state="issued").order_by("issued_at")
    move_one(waiting[0], Move.VOIDED, CouponState.VOIDED, at=days_ago(5))  # told late, as of a time long gone
    count(template)
    kept = {day for pk, day in set(CouponCount.objects.values_list("pk", "day")) & before}
    nine, three, one = (timezone.localdate(days_ago(days)) for days in (9, 3, 1))
    assert (one in kept, nine in kept) == (True, False)
    assert both(template)[0] == both(template)[1]
    for _time in range(2):
        count(template)
    assert broken() == []
    CouponCount.objects.filter(used__gt=0).update(used=0)
    assert broken() != []


def test_a_late_order_a_return_and_a_coupon_that_ends_are_seen(shop, template):
    count(template)
    make_order("80.00", member=shop.xiaomei, order_no="R2", store=shop.store)
    count(template)
    assert both(template)[0][0].sales == Decimal(280)
    sale = make_order("50.00", member=shop.xiaomei, order_no="R3", store=shop.store)
    redeem(make_coupon(shop.xiaomei, template=template), "R3", "80.00")
    count(template)
    make_return("20.00", sale=sale)
    count(template)
    assert both(template)[0] == both(template)[1]
    live = both(template)[0][0].live
    held = Coupon.objects.filter(template=template, state="issued").first()
    Coupon.objects.filter(pk=held.pk).update(valid_until=timezone.now() - timedelta(seconds=1))
    CountState.objects.update(as_of=timezone.now() - timedelta(seconds=30))
    count(template)
    assert both(template)[0][0].live == live - 1
    assert both(template)[0] == both(template)[1]


def test_a_reversed_first_coupon_leaves_the_order_to_the_second_of_another_day(shop, template):
    count(template)
    first = Coupon.objects.filter(order_no="R1").order_by("pk").first()
    move_one(first, Move.REVERSED, CouponState.ISSUED, at=timezone.now(), order=("pos", "R1"))
    count(template)
    assert both(template)[0] == both(template)[1]
    assert both(template, days=4)[0][0].orders == 1


def test_a_count_killed_between_two_days_goes_on_and_comes_to_the_same(template, monkeypatch):
    monkeypatch.setattr(resultcounts, "PER_CHUNK", 1)
    job = jobs.plan(resultcounts.KIND, params={"template": template.pk})
    job.refresh_from_db()
    resultcounts.count_chunk(job)
    assert CouponCount.objects.values("day").distinct().count() == 1
    assert CountState.objects.get().as_of is None  # nobody reads it yet
    job.save()
    assert jobs.run_to_end(job.pk).state == "done"
    assert both(template)[0] == both(template)[1]


def test_members_who_moved_to_another_store_are_told_anew_on_mondays_and_when_asked(shop, template):
    count(template)
    other = make_guide("何静").store
    shop.xiaomei.home_store = other
    shop.xiaomei.save()
    assert both(template)[0] != both(template)[1]  # no coupon moved
    count(template, anew=True)
    assert both(template)[0] == both(template)[1]
    assert resultcounts._anew(Job(params={"day": "2026-11-23"}))
    assert not resultcounts._anew(Job(params={"day": "2026-11-24"}))


def test_the_night_counts_large_templates_only(template):
    policy.change("coupons.counted_above", 5, by=None)
    make_coupon(template=make_template("小券"))
    job = jobs.run_to_end(jobs.plan(resultcounts.KIND, params={"day": "2026-11-24"}).pk)
    assert (job.state, list(CountState.objects.values_list("template", flat=True))) == ("done", [template.pk])


def test_headquarters_see_as_of_when_and_have_it_counted_anew(template):
    count(template)
    browser = Client()
    browser.force_login(make_marketer())
    address = f"/hq/coupons/coupontemplate/{template.pk}/results/"
    page = browser.get(address)
    assert (page.context["results"].total.issued, page.context["counting"]) == (6, "")
    before = Job.objects.count()
    assert browser.get(f"{address}count/").status_code == 405
    for _tap in range(2):
        assert browser.post(f"{address}count/").status_code == 302
    assert Job.objects.count() == before + 1
    assert browser.get(address).context["counting"]


def test_a_page_has_an_old_count_made_again_once(template):
    count(template)
    CountState.objects.update(as_of=timezone.now() - timedelta(hours=2))
    before = Job.objects.count()
    browser = Client()
    browser.force_login(make_marketer())
    for _look in range(2):
        assert browser.get(f"/hq/coupons/coupontemplate/{template.pk}/results/").status_code == 200
    assert Job.objects.count() == before + 1
