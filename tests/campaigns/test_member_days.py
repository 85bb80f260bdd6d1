"""Publishing a member day: its dates, earning rules and coupons; stores that opt out; its end."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from campaigns import memberdays
from campaigns.memberdays import enrolling
from campaigns.models import MemberDay, MemberDayOccurrence, MemberDayState
from coupons.models import Coupon, IssueRun
from members.models import EarningRule
from stores import jobs
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import Job, JobState
from tests.campaigns.scenery import template
from tests.makers import make_guide, make_manager, make_marketer, make_member, make_member_day, make_store, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _november_22():
    """It is noon of 22 November 2026 in Shanghai."""
    with time_machine.travel("2026-11-22T12:00:00+08:00", tick=False):
        yield


def rules() -> list[EarningRule]:
    """The earning rules that were pushed down, in time order."""
    return list(EarningRule.objects.order_by("starts_at"))


def enrol(day: MemberDay) -> None:
    """Fix who the first date is for, as its job does when it is due."""
    job = Job.objects.filter(natural_key__startswith=f"member_day:{day.pk}:", kind="campaigns.enrol").earliest("due_at")
    while not enrolling.enrol_chunk(job):
        pass


def plan_night(day: date) -> Job:
    """The nightly job of a day, run to its end."""
    job = jobs.plan("campaigns.plan_member_days", params={"day": f"{day}"})
    while not memberdays.plan_chunk(job):
        pass
    return job


def test_publishing_plans_the_coming_dates_at_once_and_pushes_their_rules_down():
    gold = make_tiers()["gold"]
    day = make_member_day(recurrence="FREQ=WEEKLY;BYDAY=WE", tiers=[gold], growth_factor=Decimal(2))
    memberdays.publish(day, by=make_marketer())
    assert day.state == MemberDayState.PUBLISHED
    planned = [f"{occurrence.on}" for occurrence in day.occurrences.order_by("on")]
    assert planned == ["2026-11-25", "2026-12-02", "2026-12-09", "2026-12-16"]
    first = rules()[0]
    assert first.starts_at == datetime.fromisoformat("2026-11-25T00:00:00+08:00")
    assert first.ends_at == datetime.fromisoformat("2026-11-26T00:00:00+08:00")
    assert (first.growth_factor, first.points_factor, first.tier_ids, first.store_ids) == (2, 2, [gold.pk], [])
    with pytest.raises(Conflict):
        memberdays.publish(day, by=None)


def test_the_nights_bring_the_later_dates_and_never_one_twice():
    day = memberdays.publish(make_member_day())
    draft = make_member_day("草稿")
    assert [occurrence.on for occurrence in day.occurrences.all()] == [date(2026, 12, 8)]
    plan_night(date(2026, 11, 23))
    plan_night(date(2026, 12, 9))
    plan_night(date(2026, 12, 9))
    assert [occurrence.on for occurrence in day.occurrences.all()] == [date(2026, 12, 8), date(2027, 1, 8)]
    assert len(rules()) == 2
    assert not draft.occurrences.exists()


def test_the_coupon_lands_in_wallets_the_days_before_as_a_job_known_by_its_date():
    member = make_member("周子涵")
    merged = make_member("吴磊", state="merged", merged_into=member)
    day = make_member_day(coupon_template=template(), issue_days_before=2)
    memberdays.publish(day)
    assert not IssueRun.objects.exists()
    with time_machine.travel("2026-12-06T00:10:00+08:00", tick=False):
        enrol(day)
    run = IssueRun.objects.get()
    assert run.job.natural_key == f"member_day:{day.pk}:2026-12-08"
    assert run.job.due_at == datetime.fromisoformat("2026-12-06T00:00:00+08:00")
    assert (run.origin, run.origin_id) == ("campaign", day.pk)
    plan_night(date(2026, 11, 23))
    assert IssueRun.objects.count() == 1
    Job.objects.filter(pk=run.job_id).update(due_at=timezone.now() - timedelta(days=1))
    jobs.run_to_end(run.job_id)
    assert [coupon.member for coupon in Coupon.objects.all()] == [member]
    assert not Coupon.objects.filter(member=merged).exists()


def test_a_store_opts_out_of_what_is_to_come_and_back_in():
    jingan, xuhui = make_store("静安寺店"), make_store("徐汇店")
    day = memberdays.publish(make_member_day(coupon_template=template()))
    zhou = make_manager(store=jingan)
    memberdays.opt_out(day, jingan, by=zhou)
    memberdays.opt_out(day, jingan, by=zhou)
    assert jingan.pk not in rules()[0].store_ids
    assert xuhui.pk in rules()[0].store_ids
    assert memberdays.next_occurrence(jingan) is None
    assert memberdays.next_occurrence(xuhui).on == date(2026, 12, 8)
    memberdays.opt_in(day, jingan, by=zhou)
    assert rules()[0].store_ids == []
    assert memberdays.next_occurrence(jingan).on == date(2026, 12, 8)


def test_when_the_last_store_opts_out_nobody_earns_more_rather_than_everybody():
    jingan = make_store("静安寺店")
    day = memberdays.publish(make_member_day(stores=[jingan]))
    assert rules()[0].store_ids == [jingan.pk]
    memberdays.opt_out(day, jingan)
    assert rules() == []
    plan_night(date(2026, 11, 23))
    assert rules() == []


def test_opting_out_reaches_an_issue_that_waits_but_not_one_that_has_begun():
    jingan, xuhui = make_store("静安寺店"), make_store("徐汇店")
    day = memberdays.publish(make_member_day(coupon_template=template()))
    enrol(day)
    run = IssueRun.objects.get()
    whole, without = run.audience, {"fact": "home_store", "op": "not_in", "value": [xuhui.pk]}
    memberdays.opt_out(day, xuhui)
    run.refresh_from_db()
    assert run.audience == {"all": [*whole["all"], without]}
    memberdays.opt_in(day, xuhui)
    Job.objects.filter(pk=run.job_id).update(started_at=timezone.now(), state=JobState.RUNNING)
    memberdays.opt_out(day, jingan)
    run.refresh_from_db()
    assert run.audience == whole


def test_only_those_who_lead_the_store_let_it_opt_out():
    jingan = make_store("静安寺店")
    day = memberdays.publish(make_member_day())
    for stranger in (make_manager(store=make_store("徐汇店")), make_guide(store=jingan)):
        with pytest.raises(NotAllowed):
            memberdays.opt_out(day, jingan, by=stranger)
    elsewhere = memberdays.publish(make_member_day("徐汇专场", stores=[make_store("徐汇店")]))
    with pytest.raises(Refusal) as refused:
        memberdays.opt_out(elsewhere, jingan, by=make_manager(store=jingan))
    assert refused.value.code == "store_not_in_scope"
    assert not day.opted_out.exists()
    assert not elsewhere.opted_out.exists()


def test_the_end_withdraws_what_is_to_come_and_lets_today_run_out():
    daily = make_member_day(recurrence="FREQ=DAILY", coupon_template=template())
    memberdays.publish(daily)
    assert len(rules()) == 31
    memberdays.end(daily, by=make_marketer())
    assert [occurrence.on for occurrence in daily.occurrences.filter(withdrawn_at=None)] == [date(2026, 11, 22)]
    assert [rule.starts_at.date() for rule in rules()] == [date(2026, 11, 21)]
    states = set(Job.objects.filter(natural_key__contains=":2026-12").values_list("state", flat=True))
    assert states == {JobState.CANCELLED}
    assert plan_night(date(2026, 11, 23)).done == 0
    with pytest.raises(Conflict):
        memberdays.end(daily)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"recurrence": "FREQ=HOURLY"}, "bad_recurrence"),
        ({"starts_on": date(2026, 1, 1), "ends_on": date(2026, 3, 1)}, "member_day_over"),
        ({"points_factor": Decimal(1)}, "nothing_to_gain"),
    ],
)
def test_a_day_that_would_disappoint_is_not_published(fields, code):
    day = make_member_day(**fields)
    with pytest.raises(Refusal) as refused:
        memberdays.publish(day)
    assert refused.value.code == code
    day.refresh_from_db()
    assert day.state == MemberDayState.DRAFT
    assert not MemberDayOccurrence.objects.exists()
    assert rules() == []


def test_a_stopped_coupon_holds_the_day_back_before_it_is_published_but_not_afterwards():
    stopped = template()
    day = memberdays.publish(make_member_day(recurrence="FREQ=WEEKLY;BYDAY=WE", coupon_template=stopped))
    stopped.state = "stopped"
    stopped.save()
    with pytest.raises(Refusal) as refused:
        memberdays.publish(make_member_day("第二个", coupon_template=stopped))
    assert refused.value.code == "template_not_active"
    plan_night(date(2026, 11, 26))
    assert day.occurrences.count() == 5
    enrol(day)
    assert not IssueRun.objects.exists()
    assert day.occurrences.order_by("on")[0].enrolled_at is not None
