"""What a member day shows before: the dry run for HQ, the banner for guides."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from campaigns import memberdays
from campaigns.memberdays.banner import INVITATION, invitable_members
from campaigns.models import MemberDayState
from members.privacy import consents
from tests.campaigns.memberdays.scenery import in_arm
from tests.campaigns.scenery import deliver_all, sent_offer, template
from tests.consenting import agree
from tests.makers import make_guide, make_manager, make_member, make_member_day, make_store, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _november_22():
    """It is noon of 22 November 2026 in Shanghai."""
    with time_machine.travel("2026-11-22T12:00:00+08:00"):
        yield


def test_the_dry_run_counts_members_cost_stock_and_collisions_and_changes_nothing():
    jingan, xuhui, tiers = make_store("静安寺店"), make_store("徐汇店"), make_tiers()
    for name, tier, store in (("甲一", "gold", jingan), ("乙二", "gold", xuhui), ("丙三", "plain", jingan)):
        make_member(name, tier=tier, home_store=store)
    make_member("丁四", tier="gold", home_store=jingan, state="erased")
    day = make_member_day(tiers=[tiers["gold"]], coupon_template=template(stock=5), opted_out=[xuhui])
    memberdays.publish(make_member_day("周二日", recurrence="FREQ=WEEKLY;BYDAY=TU"))
    memberdays.publish(make_member_day("银卡日", tiers=[tiers["silver"]]))
    run = memberdays.dry_run(day)
    assert (run.members, run.stores, run.cost) == (1, 1, Decimal(8))
    assert (run.coupons, run.stock_left) == (1, 4)
    assert run.dates[:2] == [date(2026, 12, 8), date(2027, 1, 8)]
    assert [(c.on, c.member_day.name) for c in run.collisions] == [(date(2026, 12, 8), "周二日")]
    day.refresh_from_db()
    assert day.state == MemberDayState.DRAFT
    assert not day.occurrences.exists()


def test_the_banner_says_how_long_whom_she_may_invite_and_whom_she_has():
    lin = make_guide()
    tiers = make_tiers()
    invited = agree(make_member("周子涵", guide=lin))
    agree(make_member("许静雯", guide=lin), "sms")
    make_member("孙悦", guide=lin)
    consents.withdraw(agree(make_member("赵一鸣", guide=lin)), "wecom")
    agree(make_member("刘建国", guide=lin, tier="gold"))
    agree(make_member("谢婉婷", guide=make_guide("何俊", store=lin.store)))
    memberdays.publish(make_member_day(recurrence="FREQ=WEEKLY;BYDAY=TU", tiers=[tiers["plain"]]))
    sent_offer(lin, invited, reason=INVITATION)
    sent_offer(lin, invited, reason=INVITATION)
    deliver_all()
    coming = memberdays.next_occurrence(lin.store, viewer=lin)
    assert (coming.on, coming.days_until, coming.invitable, coming.invited) == (date(2026, 11, 24), 2, 2, 1)
    managers = memberdays.next_occurrence(lin.store, viewer=make_manager(store=lin.store))
    assert (managers.invitable, managers.invited) == (3, 1)


def test_the_control_group_is_not_among_those_to_invite():
    lin = make_guide()
    day = make_member_day(recurrence="FREQ=WEEKLY;BYDAY=TU", holdout_percent=50)
    for name, held in (("孙悦", True), ("周子涵", False)):
        agree(in_arm(day, held_out=held, name=name, guide=lin, home_store=lin.store))
    memberdays.publish(day)
    assert [member.name for member in invitable_members(day, lin)] == ["周子涵"]
    assert memberdays.next_occurrence(lin.store, viewer=lin).invitable == 1


def test_a_day_for_another_store_or_tier_is_not_announced():
    lin, tiers = make_guide(), make_tiers()
    memberdays.publish(make_member_day("徐汇专场", stores=[make_store("徐汇店")]))
    memberdays.publish(make_member_day("金卡日", tiers=[tiers["gold"]]))
    assert memberdays.next_occurrence(lin.store, tiers["plain"]) is None
    assert memberdays.next_occurrence(lin.store, tiers["gold"]).member_day.name == "金卡日"
