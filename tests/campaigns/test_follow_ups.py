"""What a guide wants to do about several members by a day, and what a manager wants done."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import forgetting, guidetasks
from campaigns.models import GuideTask, Outcome, Reason, TaskState
from campaigns.reasons import words
from stores.errors import Refusal
from tests.makers import make_member, make_task
from tests.workbench.scenery import make_chain

pytestmark = pytest.mark.django_db
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def chain():
    return make_chain()


def plan(by, members, *, what="车厘子到货，问要不要留", days=3, key=KEY) -> guidetasks.Planned:
    due = timezone.localdate() + timedelta(days=days)
    return guidetasks.follow_up(by, [one.pk for one in members], what=what, due_on=due, request_key=key)


def test_a_guide_writes_down_what_to_do_and_finds_it_on_the_list(chain):
    jingwen = make_member("许静雯", guide=chain.lin)
    assert plan(chain.lin, [chain.zihan, jingwen]).tasks == 2
    tasks = guidetasks.todays_tasks(chain.lin)
    assert {task.member for task in tasks} == {chain.zihan, jingwen}
    assert {task.reason for task in tasks} == {Reason.FOLLOW_UP}
    assert words(tasks[0]) == "车厘子到货，问要不要留"
    assert tasks[0].due_on == timezone.localdate() + timedelta(days=3)


def test_a_second_press_makes_no_task_twice(chain):
    assert plan(chain.lin, [chain.zihan]).tasks == plan(chain.lin, [chain.zihan]).tasks == 1
    assert GuideTask.objects.count() == 1
    plan(chain.lin, [chain.zihan], key=KEY[::-1])
    assert GuideTask.objects.count() == 2  # the control: another press is another task


def test_the_manager_asks_whoever_looks_after_them_and_is_named(chain):
    planned = plan(chain.zhou, [chain.zihan, chain.jianguo])
    assert planned.tasks == 2
    (task,) = guidetasks.todays_tasks(chain.he)
    assert task.member == chain.jianguo
    assert words(task).startswith("周敏：车厘子到货")


def test_others_members_and_those_who_want_none_get_no_task(chain):
    jingwen = make_member("许静雯", guide=chain.lin)
    make_task(jingwen, state=TaskState.DONE, outcome=Outcome.REFUSED, closed_at=timezone.now())
    planned = plan(chain.lin, [chain.zihan, chain.jianguo, chain.anna, jingwen])
    assert (planned.tasks, planned.strangers) == (1, 2)
    assert [(member, bool(why)) for member, why in planned.refused] == [(jingwen, True)]
    assert GuideTask.objects.filter(reason=Reason.FOLLOW_UP).get().member == chain.zihan


@pytest.mark.parametrize(("what", "days"), [("  ", 1), ("回访", -1), ("回访", 61)])
def test_without_words_or_a_day_that_makes_sense_nothing_is_planned(chain, what, days):
    with pytest.raises(Refusal):
        plan(chain.lin, [chain.zihan], what=what, days=days)
    assert not GuideTask.objects.exists()


def test_a_slip_is_taken_back_by_who_made_it_but_not_what_was_done_already(chain):
    jingwen = make_member("许静雯", guide=chain.lin)
    plan(chain.lin, [chain.zihan, jingwen])
    guidetasks.close(GuideTask.objects.get(member=jingwen), outcome=Outcome.REACHED, by=chain.lin)
    assert guidetasks.take_back_follow_up(chain.he, KEY) == 0
    assert guidetasks.take_back_follow_up(chain.lin, KEY) == 1
    assert GuideTask.objects.get().member == jingwen


def test_an_erasure_forgets_what_was_to_be_done(chain):
    plan(chain.lin, [chain.zihan])
    forgetting.forget([chain.zihan.pk])
    task = GuideTask.objects.get()
    assert (task.state, task.why) == (TaskState.LAPSED, {})
