"""The figures of the cockpit from rows made by hand: who came back, second orders, shares, usual days, no effects."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from campaigns.cockpit import readings
from campaigns.cockpit.kpis import kpis
from campaigns.cockpit.month import month_of
from campaigns.cockpit.results import results
from campaigns.models import MemberDay, MemberDayOccurrence
from members.insight.scope import Range, Scope
from members.models import DaySales, Flow, Headcount, Level, PurchaseGaps, SummaryState, Tier
from tests.makers import days_ago, make_coupon, make_member, make_region, make_store

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
THIS, LAST = date(2026, 11, 1), date(2026, 10, 1)


@pytest.fixture
def store():
    return make_store()


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def heads(store, day, *, members=100, active=50, again=20, stage="mature"):
    """How many members a store had on a day."""
    SummaryState.objects.get_or_create(name="headcount", day=day, defaults={"as_of": timezone.now()})
    Headcount.objects.create(
        day=day, store=store, tier=Tier.objects.first(), stage=stage, members=members, bought_30d=0, bought_60d=0,
        bought_90d=active, again_60d=again, orders_365d=0, spend_365d=0,
    )  # fmt: skip


def moved(store, month, before, after, members):
    Flow.objects.create(month=month, of="stage", store=store, before=before, after=after, members=members)


def sold(store, day, members, strangers=0):
    DaySales.objects.create(
        day=day, store=store, orders=1, sales=Decimal(members + strangers), member_orders=1,
        member_sales=Decimal(members), first_orders=0,
    )  # fmt: skip


def kpi(label: str, days: int = 30, scope: Scope | None = None):
    return next(one for one in kpis(scope or Scope(), days, TODAY) if label in str(one.label))


def test_who_came_back_is_of_those_who_were_declining_when_the_month_began(store):
    for month, before, after, members in (
        (THIS, "declining", "growing", 3),
        (THIS, "mature", "declining", 5),
        (LAST, "declining", "lost", 2),
        (LAST, "declining", "mature", 4),
        (LAST, "growing", "declining", 1),
    ):
        moved(store, month, before, after, members)
    moved(make_store(), LAST, "declining", "mature", 90)  # elsewhere
    here = Scope(frozenset((store.pk,)), store=store)
    assert readings.came_back(here, 10, [LAST, THIS]) == [
        readings.MonthBack(LAST, 13, 4),
        readings.MonthBack(THIS, 8, 3),
    ]
    heads(store, TODAY, members=10, stage="declining")
    found = kpi("won back", scope=here)
    assert (found.value, found.note) == ("30.8%", "in 2026-10, whoever came back by themselves included")


def test_active_members_and_the_repeat_rate_are_compared_with_the_nearest_day_before(store):
    heads(store, TODAY, active=55, again=30)
    heads(store, TODAY - timedelta(days=31), active=50, again=25)
    heads(store, TODAY - timedelta(days=14), active=99, again=99)  # too near
    active, again = kpi("Active"), kpi("repeat")
    assert (active.value, active.change, active.against, active.is_down) == ("55", "10.0%", "against 10-22", False)
    assert (again.value, again.change) == ("30.0%", "5.0 pts")
    assert kpi("Active", days=7).is_down


def test_without_a_day_before_nothing_is_said_to_have_changed(store):
    heads(store, TODAY)
    assert [(one.change, one.against) for one in kpis(Scope(), 30, TODAY)] == [("", "nothing to compare with yet")] * 5
    assert kpis(Scope(), 30, TODAY - timedelta(days=1)) == []


def test_the_share_of_members_is_of_whole_days_and_leaves_today_out(store):
    heads(store, TODAY)
    sold(store, TODAY, members=0, strangers=10_000)
    sold(store, TODAY - timedelta(days=1), members=60, strangers=40)
    sold(store, TODAY - timedelta(days=30), members=60, strangers=40)
    sold(store, TODAY - timedelta(days=31), members=50, strangers=50)
    found = kpi("Sales to members")
    assert (found.value, found.change, found.is_down) == ("60.0%", "10.0 pts", False)


def test_second_orders_are_of_the_newest_month_that_can_be_watched_for_two_weeks(store):
    heads(store, TODAY)
    east = make_region()
    for level, region, month, again in (
        (Level.CHAIN, None, THIS, 4),
        (Level.CHAIN, None, LAST, 2),
        (Level.REGION, east, THIS, 1),
    ):
        PurchaseGaps.objects.create(level=level, region=region, month=month, nth=1,
                                    followed=[0] * 14 + [again, 1], open=[0] * 15 + [9 - again])  # fmt: skip
    found = kpi("Second order")
    assert (found.value, found.change, found.note) == ("40.0%", "20.0 pts", "first orders of 2026-11")
    assert kpi("Second order", scope=Scope(frozenset(), region=east)).value == "10.0%"


def test_a_usual_day_is_the_middle_one_without_member_days_and_today_has_no_figure(store):
    day = MemberDay.objects.create(name="Day", recurrence="FREQ=WEEKLY", starts_on=LAST)
    for on in (date(2026, 11, 18), date(2026, 11, 25)):
        MemberDayOccurrence.objects.create(member_day=day, on=on, until=on)
    for back in range(1, 11):
        sold(store, TODAY - timedelta(days=back), members=250 if back == 4 else 100 if back < 10 else 10)
    sold(store, TODAY, members=5)
    found = month_of(Scope(), THIS, TODAY, lambda on, member_day: f"/{on}/{member_day or ''}")
    assert found.usual == 100
    assert (found.days[date(2026, 11, 18)].text, found.days[date(2026, 11, 18)].url) == ("250", "/2026-11-18/Day")
    assert found.held == [(date(2026, 11, 18), "Day", 250)]
    assert TODAY not in found.days
    assert (found.days[date(2026, 11, 25)].value, f"{found.days[date(2026, 11, 25)].mark}") == (None, "Member day")
    assert (found.before, found.after) == (LAST, date(2026, 12, 1))


def test_a_few_days_make_no_usual_day(store):
    for back in range(1, 7):
        sold(store, TODAY - timedelta(days=back), members=100)
    found = month_of(Scope(), THIS, TODAY, lambda on, member_day: "")
    assert found.usual is None
    assert {day.text for day in found.days.values()} <= {""}


def test_used_coupons_have_no_effect_as_long_as_nobody_was_left_out(store):
    coupon = make_coupon(make_member(home_store=store))
    type(coupon).objects.filter(pk=coupon.pk).update(
        state="used", used_at=days_ago(2), discount=Decimal(8), order_no="A", order_channel="pos"
    )
    today = timezone.localdate()
    found = results(Scope(), Range.back(7, today))
    assert [(row.template, row.used, row.cost, row.effect) for row in found.rows] == [
        (coupon.template, 1, Decimal(8), None)
    ]
    assert results(Scope(frozenset((make_store().pk,))), Range.back(7, today)).used == 0
    assert results(Scope(frozenset((store.pk,)), store=store), Range.back(7, today)).used == 1
