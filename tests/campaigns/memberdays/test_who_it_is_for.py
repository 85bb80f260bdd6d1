"""Who takes part in a date is fixed once, with the control group, and everything else goes by it."""

from datetime import date

import pytest
import time_machine

from campaigns import memberdays
from campaigns.memberdays import enrolling
from campaigns.models import GuideTask, MemberDayOccurrence, Participant, Touch
from coupons.models import Coupon
from members.models import Segment
from stores import jobs
from stores.models import Job, JobState
from tests.campaigns.memberdays.scenery import in_arm, published, run_due, taking_part, with_message
from tests.campaigns.scenery import template
from tests.makers import make_guide, make_member, make_member_day, make_store

pytestmark = pytest.mark.django_db
DAY_BEFORE = "2026-12-07T06:00:00+08:00"


@pytest.fixture
def clock():
    """It is noon of 22 November 2026 in Shanghai; the next member day is 8 December."""
    with time_machine.travel("2026-11-22T12:00:00+08:00", tick=False) as clock:
        yield clock


def test_members_are_fixed_when_the_first_thing_is_due_and_not_before(clock):
    make_member("周子涵")
    day = published(with_message(make_member_day()))
    assert run_due() == 0
    assert taking_part(day) == {}
    clock.move_to(DAY_BEFORE)
    run_due()
    make_member("许静雯")
    clock.move_to("2026-12-08T06:00:00+08:00")
    run_due()
    assert taking_part(day) == {"周子涵": False}
    date_ = day.occurrences.get()
    assert (date_.members, date_.held_out) == (1, 0)
    assert date_.enrolled_at is not None


def test_the_control_group_gets_neither_coupon_nor_message_nor_invitation(clock):
    lin = make_guide()
    day = make_member_day(
        holdout_percent=50, coupon_template=template(), issue_days_before=1, invite_days_before=1, invite_most=5
    )
    alone, treated = (
        in_arm(day, held_out=held, name=name, guide=lin, home_store=lin.store)
        for name, held in (("孙悦", True), ("周子涵", False))
    )
    published(with_message(day))
    clock.move_to(DAY_BEFORE)
    run_due()
    assert taking_part(day) == {"孙悦": True, "周子涵": False}
    for rows in (Coupon, Touch, GuideTask):
        assert [row.member for row in rows.objects.all()] == [treated], rows
    assert day.occurrences.get().held_out == 1


def test_without_a_control_group_everybody_gets_it(clock):
    """Control: what the test above sees withheld is given where nobody is held out."""
    day = make_member_day(holdout_percent=50, coupon_template=template(), issue_days_before=1)
    in_arm(day, held_out=True, name="孙悦")
    day.holdout_percent = 0
    day.save()
    published(day)
    clock.move_to(DAY_BEFORE)
    run_due()
    assert [coupon.member.name for coupon in Coupon.objects.all()] == ["孙悦"]


def test_a_segment_and_the_stores_that_take_part_decide(clock):
    jingan, xuhui = make_store("静安寺店"), make_store("徐汇店")
    for name, store in (("甲一", jingan), ("乙二", xuhui), ("丙三", None)):
        make_member(name, home_store=store)
    segment = Segment.objects.create(
        name="静安", rule={"all": [{"fact": "home_store", "op": "in", "value": [jingan.pk, xuhui.pk]}]}
    )
    day = published(make_member_day(segment=segment, opted_out=[xuhui]))
    clock.move_to("2026-12-08T06:00:00+08:00")
    run_due()
    assert taking_part(day) == {"甲一": False}


def test_a_worker_killed_between_two_chunks_enrols_nobody_twice_and_loses_nobody(clock, monkeypatch):
    monkeypatch.setattr(enrolling, "SIZE", 2)
    for nth in range(5):
        make_member(f"会员{nth}")
    day = published(make_member_day(recurrence="FREQ=DAILY"))
    job = Job.objects.get(natural_key=f"member_day:{day.pk}:2026-11-22:enrol")
    assert not enrolling.enrol_chunk(job)
    assert not enrolling.enrol_chunk(Job.objects.get(pk=job.pk))  # the cursor was lost with the worker
    assert Participant.objects.count() == 2
    assert jobs.run_to_end(job.pk).state == JobState.DONE
    found = MemberDayOccurrence.objects.get(on=date(2026, 11, 22))
    assert Participant.objects.filter(occurrence=found).count() == found.members == 5


def test_who_took_part_long_ago_is_forgotten_by_the_night(clock):
    make_member("周子涵")
    day = published(make_member_day(recurrence="FREQ=MONTHLY;BYMONTHDAY=22"))
    run_due()
    assert len(taking_part(day)) == 1
    memberdays.end(day)
    for night, left in ((date(2027, 1, 1), 1), (date(2027, 11, 1), 0)):
        job = jobs.plan("campaigns.plan_member_days", params={"day": f"{night}"})
        jobs.run_to_end(job.pk)
        assert Participant.objects.count() == left
