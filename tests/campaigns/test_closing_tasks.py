"""How tasks end: by a tap, by what the member did, by an offer; undone within seconds; following the member."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns import guidetasks, touches
from campaigns.models import GuideTask, Outcome, Reason, TaskState, Touch
from members import assignments
from members.models import TimelineFact
from stores.errors import Conflict, NotFound, Refusal
from tests.campaigns.scenery import bought, deliver_again, deliver_all, last_batch, new_batch, sent_offer
from tests.makers import days_ago, make_guide, make_manager, make_member, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin():
    """Lin Xiaoman, a guide."""
    return make_guide()


@pytest.fixture
def task(lin):
    """Her task about Zhou Zihan, planned this morning."""
    return make_task(make_member("周子涵", guide=lin), created_at=days_ago(0.2))


def state_of(task: GuideTask) -> tuple[str, str]:
    """Where the task stands now."""
    task.refresh_from_db()
    return task.state, task.outcome


def test_a_tap_closes_a_task_and_the_timeline_says_how(lin, task):
    guidetasks.close(task, outcome=Outcome.NO_ANSWER, by=lin)
    assert state_of(task) == (TaskState.DONE, Outcome.NO_ANSWER)
    fact = TimelineFact.objects.get(kind="task.closed")
    assert (fact.member, fact.subject) == (task.member, task.pk)
    assert fact.data == {"reason": "golden_window", "outcome": "no_answer"}
    assert not Touch.objects.exists()


def test_a_call_that_reached_the_member_is_a_touch_and_taking_it_back_holds_the_touch_back(lin, task):
    guidetasks.close(task, outcome=Outcome.REACHED, by=lin)
    contact = touches.last_contact(task.member)
    assert (contact.guide, contact.channel, contact.source) == (lin, "phone_call", "task")
    guidetasks.reopen(task, by=lin)
    assert state_of(task) == (TaskState.OPEN, "")
    assert touches.last_contact(task.member) is None
    guidetasks.close(task, outcome=Outcome.REACHED, by=lin)
    assert Touch.objects.count() == touches.touches_in_week(task.member) == 1


def test_a_closed_task_cannot_be_closed_again_nor_reopened_after_the_seconds_are_over(lin, task):
    guidetasks.dismiss(task, by=lin)
    with pytest.raises(Conflict, match="已经结束"):
        guidetasks.close(task, outcome=Outcome.REACHED, by=lin)
    with pytest.raises(Conflict) as refused:
        guidetasks.reopen(task, by=lin, at=timezone.now() + timedelta(seconds=16))
    assert refused.value.code == "undo_over"
    assert state_of(task) == (TaskState.DISMISSED, "")
    assert not Touch.objects.exists()


def test_a_task_of_another_guide_does_not_exist_for_her_but_does_for_the_manager(lin, task):
    he = make_guide("何俊", store=lin.store)
    for verb in (
        lambda: guidetasks.close(task, outcome=Outcome.REACHED, by=he),
        lambda: guidetasks.dismiss(task, by=he),
        lambda: guidetasks.snooze(task, timezone.now() + timedelta(minutes=5), by=he),
        lambda: guidetasks.reopen(task, by=he),
    ):
        with pytest.raises(NotFound):
            verb()
    assert state_of(task) == (TaskState.OPEN, "")
    guidetasks.dismiss(task, by=make_manager(store=lin.store))
    assert state_of(task) == (TaskState.DISMISSED, "")


def test_an_unknown_outcome_is_refused(lin, task):
    with pytest.raises(Refusal) as refused:
        guidetasks.close(task, outcome="won", by=lin)
    assert refused.value.code == "bad_outcome"
    assert state_of(task) == (TaskState.OPEN, "")


def test_later_hides_a_task_for_a_while_but_not_beyond_its_last_day(lin, task):
    with time_machine.travel("2026-11-20T10:00:00+08:00", tick=False):
        GuideTask.objects.update(due_on=timezone.localdate())
        task.refresh_from_db()
        with pytest.raises(Refusal, match="最后一天"):
            guidetasks.snooze(task, timezone.now() + timedelta(days=1), by=lin)
        guidetasks.snooze(task, timezone.now() + timedelta(hours=1), by=lin)
        assert guidetasks.todays_tasks(lin) == []
        assert guidetasks.todays_tasks(lin, at=timezone.now() + timedelta(hours=2)) == [task]


def test_a_purchase_closes_the_members_tasks_as_bought_once(lin, task):
    other = make_task(make_member("许静雯", guide=lin))
    bought(task.member)
    deliver_all()
    assert state_of(task) == (TaskState.DONE, Outcome.BOUGHT)
    assert state_of(other) == (TaskState.OPEN, "")
    closed_at = task.closed_at
    deliver_again(last_batch())
    assert state_of(task) == (TaskState.DONE, Outcome.BOUGHT)
    assert task.closed_at == closed_at
    assert TimelineFact.objects.filter(kind="task.closed").count() == 1
    with pytest.raises(Conflict):
        guidetasks.reopen(task, by=lin)


def test_an_order_from_before_the_task_ends_what_rests_on_its_absence_without_counting_as_success(lin):
    zihan = make_member("周子涵", guide=lin)
    golden = make_task(zihan, created_at=days_ago(1))
    birthday = make_task(zihan, reason=Reason.BIRTHDAY, occurrence="2026", created_at=days_ago(1))
    bought(zihan, at=days_ago(1.5))
    deliver_all()
    assert state_of(golden) == (TaskState.LAPSED, "")
    assert state_of(birthday) == (TaskState.OPEN, "")


def test_the_order_that_opened_the_window_does_not_close_it_when_it_is_told_again(lin, task):
    bought(task.member, at=days_ago(3))
    deliver_all()
    assert state_of(task) == (TaskState.OPEN, "")


def test_an_offer_that_left_closes_the_task_it_was_sent_from(lin, task):
    other = make_task(make_member("许静雯", guide=lin))
    sent_offer(lin, task.member, task_id=task.pk)
    sent_offer(lin, task.member, task_id=other.pk)
    deliver_all()
    assert state_of(task) == (TaskState.DONE, Outcome.SENT)
    assert state_of(other) == (TaskState.OPEN, "")


def test_open_tasks_follow_the_member_to_another_guide_and_lapse_without_one(lin, task):
    done = make_task(task.member, reason=Reason.BIRTHDAY, occurrence="2026", state=TaskState.DONE, outcome="reached")
    alone = make_task(make_member("许静雯", guide=lin))
    he = make_guide("何俊")
    for member, guide in ((task.member, he), (alone.member, None)):
        new_batch()
        move_to(member, guide)
    deliver_all()
    task.refresh_from_db()
    assert (task.guide, task.store, task.state) == (he, he.store, TaskState.OPEN)
    done.refresh_from_db()
    assert done.guide == lin
    assert state_of(alone) == (TaskState.LAPSED, "")


def move_to(member, guide) -> None:
    """Assign the member, by the verb of the members band."""
    assignments.reassign([member.pk], guide, reason="离职", by=None)


@pytest.mark.parametrize("members", [1, 40])
def test_closing_after_orders_takes_the_same_queries_for_one_and_for_many(lin, members, django_assert_num_queries):
    orders = []
    for nth in range(members):
        task = make_task(make_member(f"会员{nth}", guide=lin), created_at=days_ago(0.1))
        orders.append(bought(task.member, tell=False).pk)
    new_batch()
    with django_assert_num_queries(2):
        assert guidetasks.close_after_orders(orders) == members
