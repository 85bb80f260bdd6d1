"""The calendar of a month says what runs when and what gets in each other's way; the dry run what one campaign does."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from campaigns import memberdays
from campaigns.memberdays import calendar
from campaigns.models import CampaignKind
from tests.campaigns.memberdays.scenery import in_arm, with_message
from tests.campaigns.scenery import template
from tests.consenting import agree
from tests.makers import make_guide, make_member, make_member_day, make_store, make_tiers

pytestmark = pytest.mark.django_db
DECEMBER = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def _november_22():
    """It is noon of 22 November 2026 in Shanghai."""
    with time_machine.travel("2026-11-22T12:00:00+08:00"):
        yield


def test_the_month_shows_each_day_and_where_a_campaign_begins():
    eighth = make_member_day()
    fair = make_member_day(
        "丰收节", kind=CampaignKind.DATED, recurrence="", starts_on=date(2026, 12, 7), ends_on=date(2026, 12, 9)
    )
    memberdays.end(make_member_day("过去的"))
    days = calendar.of_month(DECEMBER)
    assert sorted(days) == [date(2026, 12, 7), date(2026, 12, 8), date(2026, 12, 9)]
    assert [(one.member_day, one.begins) for one in days[date(2026, 12, 8)]] == [(eighth, True), (fair, False)]


def test_two_campaigns_for_the_same_members_on_one_day_are_counted_and_for_others_not():
    tiers = make_tiers()
    for name, tier in (("甲一", "gold"), ("乙二", "gold"), ("丙三", "plain")):
        make_member(name, tier=tier)
    make_member_day("金卡日", tiers=[tiers["gold"]])
    make_member_day("大家的", recurrence="FREQ=WEEKLY;BYDAY=TU")
    make_member_day("普卡日", tiers=[tiers["plain"]])
    found = calendar.clashes(DECEMBER)
    told = {(one.one.name, one.other.name): (one.members, one.days) for one in found.overlaps}
    assert told == {
        ("金卡日", "大家的"): (2, [date(2026, 12, 8)]),
        ("大家的", "普卡日"): (1, [date(2026, 12, 8)]),
    }


def test_messages_tasks_and_stock_of_the_month_add_up():
    lin = make_guide()
    for name in ("甲一", "乙二", "丙三"):
        make_member(name, guide=lin, home_store=lin.store)
    weekly = make_member_day(
        "周二日",
        recurrence="FREQ=WEEKLY;BYDAY=TU",
        coupon_template=template(stock=10),
        invite_days_before=1,
        invite_most=2,
    )
    with_message(with_message(weekly), channel="sms")
    found = calendar.clashes(DECEMBER)
    assert (found.most_touches, found.crowded) == (10, 0)
    assert found.most_tasks == 10
    assert [(one.wanted, one.left) for one in found.shortages] == [(15, 10)]
    with_message(make_member_day("天天", recurrence="FREQ=DAILY"))
    assert calendar.clashes(DECEMBER).crowded == 3


def test_the_dry_run_says_store_by_store_who_gets_what_and_whom_messages_reach():
    jingan, xuhui = make_store("静安寺店"), make_store("徐汇店")
    lin = make_guide(store=jingan)
    day = make_member_day(holdout_percent=50, coupon_template=template(stock=2), invite_days_before=2, invite_most=1)
    alone = in_arm(day, held_out=True, name="孙悦", guide=lin, home_store=jingan)
    reached = in_arm(day, held_out=False, name="周子涵", guide=lin, home_store=jingan)
    in_arm(day, held_out=False, name="许静雯", guide=lin, home_store=jingan)
    in_arm(day, held_out=False, name="刘建国", home_store=xuhui)
    for member in (alone, reached):
        agree(member, "sms")
    run = memberdays.dry_run(with_message(day, channel="sms"))
    assert (run.members, run.held_out, run.tasks, run.busiest) == (4, 1, 1, 1)
    assert (run.coupons, run.stock_left, run.cost) == (2, -1, Decimal(16))
    assert [(row.store.name, row.members, row.held_out, row.tasks) for row in run.by_store] == [
        ("静安寺店", 3, 1, 1),
        ("徐汇店", 1, 0, 0),
    ]
    assert [(one.message.channel, one.members) for one in run.reach] == [("sms", 1)]
    assert not day.occurrences.exists()
