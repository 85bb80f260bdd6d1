"""A journey asks the guide, and goes on by what came of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import guidetasks, scripts
from campaigns.journeys.entering import enter
from campaigns.models import GuideTask, Outcome, Script, TaskState, TripState
from campaigns.reasons import proposal
from tests.campaigns.journeys.house import MANUAL, go_on, make_journey, story_of, trip_of
from tests.campaigns.scenery import bought, deliver_all
from tests.makers import make_guide, make_manager, make_member, make_task, make_template, moment

pytestmark = pytest.mark.django_db

LANES = ["reached", "refused", "bought", "none"]


@pytest.fixture(autouse=True)
def _ten_in_the_morning(time_machine):
    time_machine.move_to("2026-11-10T02:00:00Z", tick=False)


def lane(name):
    return [{"key": name, "kind": "wait", "days": 90}]


def ask_lin(*before, **settings):
    """A journey whose only step asks the guide; each lane waits in a step of its own name."""
    step = {
        "key": "t",
        "kind": "task",
        "asks": "邀请来试吃",
        "days": 7,
        "lanes": [lane(one) for one in LANES],
        **settings,
    }
    return make_journey(*before, step, trigger=MANUAL, name="第二单")


def comes_in(journey, member):
    from_hand(journey, member)
    go_on()


def from_hand(journey, member):
    assert enter(journey, {member.pk: "hand:1"}, at=timezone.now()) == 1


def close(task, outcome):
    guidetasks.close(task, outcome=outcome, by=task.guide, at=timezone.now() + timedelta(seconds=1))
    deliver_all()


def after_undo(time_machine):
    time_machine.shift(timedelta(seconds=20))
    go_on()


def test_lin_xiaoman_is_asked_and_the_trip_waits():
    lin = make_guide()
    mei = make_member(guide=lin)
    comes_in(ask_lin(template=make_template(open_to_guides=True).pk), mei)
    task = GuideTask.objects.get()
    assert (task.guide, task.member, str(task.due_on), task.state) == (lin, mei, "2026-11-17", TaskState.OPEN)
    assert proposal(task) == "邀请来试吃"
    assert (trip_of(mei).step, trip_of(mei).waiting, story_of(mei)) == ("t", True, [])


@pytest.mark.parametrize(
    ("outcome", "way"),
    [("reached", "reached"), ("sent", "reached"), ("refused", "refused"), ("no_answer", "none")],
)
def test_what_came_of_it_decides_the_way(outcome, way, time_machine):
    mei = make_member(guide=make_guide())
    comes_in(ask_lin(), mei)
    close(GuideTask.objects.get(), Outcome(outcome))
    after_undo(time_machine)
    assert (story_of(mei), trip_of(mei).step) == ([f"t: {outcome}"], way)


def test_a_tick_that_is_taken_back_moves_nobody(time_machine):
    mei = make_member(guide=make_guide())
    comes_in(ask_lin(), mei)
    task = GuideTask.objects.get()
    close(task, Outcome.REFUSED)
    go_on()
    assert trip_of(mei).step == "t"  # the seconds in which it can be taken back
    guidetasks.reopen(task, by=task.guide)
    after_undo(time_machine)
    assert (trip_of(mei).step, story_of(mei)) == ("t", [])
    close(task, Outcome.REACHED)
    after_undo(time_machine)
    assert trip_of(mei).step == "reached"


def test_who_buys_meanwhile_goes_the_way_of_those_who_bought(time_machine):
    mei = make_member(guide=make_guide())
    comes_in(ask_lin(), mei)
    time_machine.shift(timedelta(hours=1))
    bought(mei)
    go_on()
    assert (story_of(mei), trip_of(mei).step) == (["t: bought"], "bought")


def test_without_an_outcome_time_is_up_at_the_end_of_the_last_day(time_machine):
    mei = make_member(guide=make_guide())
    comes_in(ask_lin(), mei)
    time_machine.move_to("2026-11-17T15:59:00Z", tick=False)
    go_on()
    assert trip_of(mei).step == "t"
    time_machine.move_to("2026-11-17T16:01:00Z", tick=False)
    go_on()
    assert (story_of(mei), trip_of(mei).step) == (["t: timed_out"], "none")


def test_zhou_min_is_shown_what_lies_too_long_and_may_do_it(time_machine):
    lin = make_guide()
    zhou = make_manager(store=lin.store)
    mei = make_member(guide=lin)
    comes_in(ask_lin(escalate=3), mei)
    time_machine.move_to(moment("2026-11-12", "01:00"), tick=False)
    go_on()
    assert GuideTask.objects.get().escalated_at is None
    time_machine.move_to(moment("2026-11-13", "01:00"), tick=False)
    go_on()
    task = GuideTask.objects.get()
    assert (task.escalated_at, task.guide) == (timezone.now(), lin)
    other = make_task(make_member("李波", guide=lin), due_on=timezone.localdate())
    assert guidetasks.todays_tasks(zhou) == [task, other]  # first of all, whatever else is worth
    guidetasks.close(task, outcome=Outcome.REACHED, by=zhou)
    deliver_all()
    after_undo(time_machine)
    assert trip_of(mei).step == "reached"


def test_the_task_goes_along_to_the_next_guide_and_is_asked_for_again_when_nobody_had_it(time_machine):
    lin, sun = make_guide(), make_guide("孙丽")
    mei = make_member(guide=lin)
    comes_in(ask_lin(), mei)
    assign(mei, None)
    assert GuideTask.objects.get().state == TaskState.LAPSED
    time_machine.shift(timedelta(days=1))
    go_on()
    assert trip_of(mei).step == "t"
    assign(mei, sun)
    time_machine.shift(timedelta(days=1))
    go_on()
    task = GuideTask.objects.get()
    assert (task.guide, task.state, str(task.due_on)) == (sun, TaskState.OPEN, "2026-11-17")
    close(task, Outcome.REACHED)
    after_undo(time_machine)
    assert trip_of(mei).step == "reached"


def assign(member, guide):
    member.guide = guide
    member.save()
    guidetasks.follow_assignments([member.pk])


def test_who_has_no_guide_or_wants_none_goes_on_at_once():
    alone, unwilling = make_member("李波"), make_member("王芳", guide=make_guide())
    make_task(unwilling, state=TaskState.DONE, outcome=Outcome.REFUSED)
    journey = ask_lin()
    from_hand(journey, alone)
    from_hand(journey, unwilling)
    go_on()
    assert (story_of(alone), trip_of(alone).step) == (["t: no_guide"], "none")
    assert (story_of(unwilling), trip_of(unwilling).step) == (["t: wants_none"], "refused")
    assert GuideTask.objects.filter(reason="journey").count() == 0


def test_where_the_list_is_full_it_is_tried_again_the_next_morning(time_machine):
    lin = make_guide()
    full = [make_task(make_member(f"张{nth}", guide=lin)) for nth in range(14)]
    mei = make_member(guide=lin)
    comes_in(ask_lin(), mei)
    assert not GuideTask.objects.filter(reason="journey").exists()
    GuideTask.objects.filter(pk__in=[task.pk for task in full]).update(state="lapsed", closed_at=timezone.now())
    time_machine.shift(timedelta(days=1))
    go_on()
    assert GuideTask.objects.filter(reason="journey", member=mei).count() == 1
    assert trip_of(mei).state == TripState.ACTIVE


def test_the_task_speaks_of_the_coupon_that_came_before():
    mei = make_member(guide=make_guide())
    comes_in(ask_lin({"key": "c", "kind": "coupon", "template": make_template().pk}), mei)
    coupon = trip_of(mei).visits.get(step="c").subject
    task = GuideTask.objects.get()
    assert task.why["coupon"] == coupon
    assert scripts.coupon_of(task).pk == coupon


def test_the_words_that_the_journey_chose_come_first():
    mei, general = make_member(guide=make_guide()), Script.objects.create(style="关心", text="您好")
    own = Script.objects.create(reason="journey", style="邀请", text="{name}来尝尝", position=100)
    Script.objects.create(reason="journey", style="别的", text="别的旅程的话")
    comes_in(ask_lin(script=own.pk), mei)
    found = list(scripts.scripts_of(GuideTask.objects.get()))
    assert (found[0], found[-1]) == (own, general)
