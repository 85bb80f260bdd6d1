"""A journey or a campaign asks guides to do something: who is asked, how often, and why somebody is not."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone, translation

from campaigns import guidetasks, reasons
from campaigns.guidetasks.asking import NotAsked, Occasion, ask, ask_rows
from campaigns.models import GuideTask, Outcome, Reason, TaskState
from tests.campaigns.scenery import facts_of
from tests.makers import make_guide, make_member, make_task, make_template

pytestmark = pytest.mark.django_db
INVITATION = Occasion(Reason.INVITATION, date(2026, 11, 28), {"name": "双 11 会员日", "on": "2026-11-28"})
JOURNEY = Occasion(Reason.JOURNEY, date(2026, 11, 23), {"name": "前四单", "asks": "邀请来试吃第二种水果"})


@pytest.fixture(autouse=True)
def _morning():
    with time_machine.travel("2026-11-20T08:00:00+08:00", tick=False):
        yield


def asked(occasion, *members, occurrence="o1", **more):
    return ask(occasion, dict.fromkeys((one.pk for one in members), occurrence), at=timezone.now(), **more)


def test_lin_xiaoman_is_told_who_asks_what_to_do_and_how_the_member_stands():
    lin = make_guide()
    mei = make_member(guide=lin)
    facts_of(mei, orders=2, last=5, average_basket=Decimal("60.00"))
    coupon = make_template(open_to_guides=True)
    occasion = Occasion(**{**vars(JOURNEY), "template": coupon.pk})
    tasks = asked(occasion, mei).tasks
    task = GuideTask.objects.get(pk=tasks[mei.pk])
    assert (task.guide, task.store, task.due_on, task.value) == (lin, lin.store, date(2026, 11, 23), Decimal("4.80"))
    assert task.template == coupon
    assert reasons.words(task) == "前四单 · 上次来是 5 天前"
    assert reasons.proposal(task) == "邀请来试吃第二种水果"


def test_an_invitation_says_to_what_and_when():
    mei = make_member(guide=make_guide())
    task = GuideTask.objects.get(pk=asked(INVITATION, mei).tasks[mei.pk])
    with translation.override("en"):
        assert reasons.words(task) == "双 11 会员日 on 11-28"
        assert reasons.proposal(task) == "Invite to 双 11 会员日"


def test_nobody_is_asked_twice_for_the_same_occasion():
    mei = make_member(guide=make_guide())
    asked(INVITATION, mei)
    again = asked(INVITATION, mei)
    assert (again.tasks, again.refused) == ({}, {NotAsked.ASKED_BEFORE: [mei.pk]})
    assert GuideTask.objects.count() == 1
    assert asked(INVITATION, mei, occurrence="o2").tasks  # control: another occasion is another task


def test_who_has_no_guide_or_does_not_want_it_is_named():
    lin = make_guide()
    alone, unwilling, mei = make_member("李波"), make_member("王芳", guide=lin), make_member(guide=lin)
    make_task(unwilling, state=TaskState.DONE, outcome=Outcome.REFUSED)
    left = make_member("赵一鸣", guide=make_guide("孙丽", is_active=False))
    found = asked(JOURNEY, alone, unwilling, mei, left)
    assert list(found.tasks) == [mei.pk]
    assert {why: sorted(who) for why, who in found.refused.items()} == {
        NotAsked.NO_GUIDE: [alone.pk, left.pk],
        NotAsked.WANTS_NONE: [unwilling.pk],
    }
    assert not GuideTask.objects.exclude(member=unwilling).exclude(member=mei).exists()


def test_the_best_members_come_first_where_a_guide_cannot_do_all():
    lin, sun = make_guide(), make_guide("孙丽")
    rich, poor, hers = make_member("李波", guide=lin), make_member("王芳", guide=lin), make_member(guide=sun)
    facts_of(rich, orders=4, last=5, average_basket=Decimal("200.00"))
    facts_of(poor, orders=4, last=5, average_basket=Decimal("20.00"))
    one_each = Occasion(**{**vars(INVITATION), "most_per_guide": 1})
    found = asked(one_each, poor, rich, hers)
    assert set(found.tasks) == {rich.pk, hers.pk}
    assert found.refused == {NotAsked.LIST_FULL: [poor.pk]}
    assert asked(one_each, poor).refused == {NotAsked.LIST_FULL: [poor.pk]}  # the next batch counts what is there


def test_a_journey_keeps_to_the_usual_length_of_a_list():
    lin = make_guide()
    members = [make_member(f"张{nth}", guide=lin) for nth in range(15)]
    found = asked(JOURNEY, *members)
    assert (len(found.tasks), len(found.refused[NotAsked.LIST_FULL])) == (14, 1)


def test_a_task_that_lapsed_because_the_guide_left_is_asked_of_the_next_guide():
    mei = make_member(guide=make_guide())
    task = asked(JOURNEY, mei).tasks[mei.pk]
    mei.guide = None
    mei.save()
    guidetasks.follow_assignments([mei.pk])
    assert GuideTask.objects.get(pk=task).state == TaskState.LAPSED
    assert asked(JOURNEY, mei).refused == {NotAsked.ASKED_BEFORE: [mei.pk]}

    sun = make_guide("孙丽")
    mei.guide = sun
    mei.save()
    assert asked(JOURNEY, mei).tasks == {mei.pk: task}
    again = GuideTask.objects.get(pk=task)
    assert (again.guide, again.store, again.state, again.closed_at) == (sun, sun.store, TaskState.OPEN, None)


def test_a_whole_crowd_is_asked_by_one_statement(django_assert_num_queries):
    lin = make_guide()
    members = [make_member(f"张{nth}", guide=lin).pk for nth in range(5)]
    sql = "SELECT id, 'o9', NULL::bigint FROM members_member WHERE id = ANY(%(ids)s)"
    ask_rows(INVITATION, sql, {"ids": []}, at=timezone.now())
    with django_assert_num_queries(2):
        assert len(ask_rows(INVITATION, sql, {"ids": members}, at=timezone.now())) == 5


def test_the_night_plans_none_of_these_by_itself():
    facts_of(make_member(guide=make_guide()), orders=1, last=200)
    guidetasks.plan_tasks(timezone.localdate() + timedelta(days=1))
    assert not GuideTask.objects.filter(reason__in=(Reason.JOURNEY, Reason.INVITATION)).exists()
