"""What a date has set in motion is taken back when it does not come, or not to a store."""

import pytest
import time_machine

from campaigns import memberdays
from campaigns.models import GuideTask, TaskState, Touch, TouchState
from stores.models import Job, JobState, Store
from tests.campaigns.memberdays.scenery import published, run_due, with_message
from tests.campaigns.scenery import template
from tests.makers import make_guide, make_member, make_member_day, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    """It is noon of 22 November 2026 in Shanghai; the next member day is 8 December."""
    with time_machine.travel("2026-11-22T12:00:00+08:00", tick=False) as clock:
        yield clock


@pytest.fixture
def day(clock):
    """A member day that sent everything on its way: a message and an invitation for two members of two stores."""
    for name, store in (("周子涵", "静安寺店"), ("许静雯", "徐汇店")):
        lin = make_guide(store=make_store(store))
        make_member(name, guide=lin, home_store=lin.store)
    day = published(with_message(make_member_day(invite_days_before=3, coupon_template=template())))
    clock.move_to("2026-12-07T06:00:00+08:00")
    run_due()
    assert Touch.objects.filter(state=TouchState.PLANNED).count() == 2
    assert GuideTask.objects.filter(state=TaskState.OPEN).count() == 2
    return day


def test_the_end_holds_messages_back_and_lets_invitations_lapse(day):
    memberdays.end(day)
    run_due()
    assert {touch.suppressed_by for touch in Touch.objects.all()} == {"campaign_ended"}
    assert {task.state for task in GuideTask.objects.all()} == {TaskState.LAPSED}
    assert set(Job.objects.filter(kind="coupons.issue").values_list("state", flat=True)) == {JobState.CANCELLED}


def test_a_store_that_opts_out_late_is_left_alone_and_the_other_is_not(day):
    memberdays.opt_out(day, Store.objects.get(name="静安寺店"))
    run_due()
    states = dict(Touch.objects.values_list("member__name", "state"))
    assert states == {"周子涵": TouchState.SUPPRESSED, "许静雯": TouchState.PLANNED}
    tasks = dict(GuideTask.objects.values_list("member__name", "state"))
    assert tasks == {"周子涵": TaskState.LAPSED, "许静雯": TaskState.OPEN}


def test_a_withdrawn_date_enrols_nobody_any_more(clock):
    make_member("周子涵")
    day = published(make_member_day())
    memberdays.end(day)
    clock.move_to("2026-12-08T06:00:00+08:00")
    assert run_due() == 0
    assert day.occurrences.get().withdrawn_at is not None


def test_messages_wait_for_the_coupons_they_may_name(clock):
    make_member("周子涵")
    day = published(with_message(make_member_day(coupon_template=template(), issue_days_before=1)))
    clock.move_to("2026-12-07T06:00:00+08:00")
    Job.objects.filter(kind="campaigns.enrol").update(due_at="2026-01-01T00:00:00+08:00")
    run_due()
    touch = Touch.objects.get()
    assert touch.coupon_id is not None
    assert touch.due_at.isoformat() == "2026-12-07T02:00:00+00:00"
    assert (touch.source, touch.source_id, touch.step) == ("campaign", day.occurrences.get().pk, "notice")
