"""What the dry run says before publishing is what then happens: members, control group, coupons, messages, tasks."""

from collections import Counter

import pytest
import time_machine

from campaigns import memberdays
from campaigns.models import GuideTask, MemberDay, MemberDayOccurrence, Participant, Touch
from coupons.models import Coupon
from members.models import Member
from tests.campaigns.memberdays.scenery import in_arm, published, run_due, with_message
from tests.campaigns.scenery import coupon_of, template
from tests.makers import make_guide, make_member_day, make_store

pytestmark = pytest.mark.django_db
STORES = ("武康路店", "安福路店")


@pytest.fixture
def clock():
    """It is noon of 22 November 2026 in Shanghai."""
    with time_machine.travel("2026-11-22T12:00:00+08:00", tick=False) as clock:
        yield clock


def scene(**head: object) -> MemberDay:
    """Two stores, one guide with five members and one with two, of whom at most three a guide are invited."""
    day = make_member_day(invite_days_before=3, invite_most=3, holdout_percent=20, coupon_template=template(**head))
    for name, many in zip(STORES, (5, 2), strict=True):
        lin = make_guide(store=make_store(name))
        for nth in range(many):
            in_arm(day, held_out=nth == 1, name=f"沈{nth}", guide=lin, home_store=lin.store)
    in_arm(day, held_out=False, name="李娜")  # of no store
    return with_message(day)


def carried_out(day: MemberDay, clock) -> MemberDayOccurrence:
    """The day published, and every night until its first date lived through."""
    published(day)
    for date in range(4, 9):
        clock.move_to(f"2026-12-{date:02}T06:00:00+08:00")
        run_due()
    return day.occurrences.get(on="2026-12-08")


def members_of(name: str) -> list[Member]:
    """The members of a store, oldest first."""
    return list(Member.objects.filter(home_store__name=name).order_by("pk"))


def issued_in(name: str, date: MemberDayOccurrence) -> int:
    """How many coupons of a date went to members of a store."""
    return Coupon.objects.filter(run=date.issue_run, member__home_store__name=name).count()


def in_stores(run: memberdays.DryRun) -> dict[str, int]:
    """The coupons that the dry run foresees in each store."""
    return {row.store.name: row.coupons for row in run.by_store if row.store}


def test_the_figures_before_publishing_are_those_afterwards(clock):
    day = scene()
    before = memberdays.dry_run(day)
    date = carried_out(day, clock)
    assert (before.members, before.held_out) == (date.members, date.held_out) == (8, 2)
    assert Coupon.objects.filter(run=date.issue_run).count() == before.coupons == 6
    assert Touch.objects.filter(source="campaign", source_id=date.pk).count() == before.coupons * before.touches
    assert before.reach[0].members == before.coupons
    tasks = Counter(GuideTask.objects.values_list("guide", flat=True))
    assert (tasks.total(), max(tasks.values())) == (before.tasks, before.busiest) == (4, 3)
    for row in before.by_store:
        ours = Participant.objects.filter(occurrence=date, member__home_store=row.store)
        assert (ours.count(), ours.filter(held_out=True).count()) == (row.members, row.held_out)
    assert {name: issued_in(name, date) for name in STORES} == in_stores(before) == {"武康路店": 4, "安福路店": 1}


def test_whoever_has_had_theirs_gets_none_and_the_control_group_makes_no_room_for_others(clock):
    day = scene(member_limit=1)
    for member in members_of(STORES[0])[:2]:  # one of them is in the control group
        coupon_of(member, day.coupon_template)
    coupon_of(members_of(STORES[1])[0], template("另一张券"))  # changes nothing
    had = Coupon.objects.count()
    before = memberdays.dry_run(day)
    date = carried_out(day, clock)
    assert Coupon.objects.count() - had == before.coupons == 5
    assert {name: issued_in(name, date) for name in STORES} == in_stores(before) == {"武康路店": 3, "安福路店": 1}
    assert before.cost == sum(row.cost for row in before.by_store) == before.coupons * 8


def test_a_limit_a_month_is_that_of_the_month_in_which_the_coupons_are_given(clock):
    day = scene(member_period_limit=1, member_period="month")
    for member in members_of(STORES[0]):
        coupon_of(member, day.coupon_template)  # November's
    before = memberdays.dry_run(day)
    carried_out(day, clock)
    assert Coupon.objects.exclude(run=None).count() == before.coupons == 6


def test_a_stock_that_is_too_small_is_foreseen_as_it_then_runs_out(clock):
    day = scene(stock=3)
    before = memberdays.dry_run(day)
    date = carried_out(day, clock)
    assert before.coupons == Coupon.objects.count() == 3
    assert before.stock_left == 3 - (before.members - before.held_out) == -3
    assert {name: issued_in(name, date) for name in STORES} == in_stores(before) == {"武康路店": 3, "安福路店": 0}
