"""The list of today: what comes first, what is left out, and how the day is going."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from campaigns import guidetasks
from campaigns.models import Outcome, Reason, TaskState
from coupons.models import OfferState
from tests.campaigns.scenery import bought, deliver_all, sent_offer, template, used_in
from tests.makers import make_guide, make_manager, make_marketer, make_member, make_task

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _ten_in_the_morning():
    """It is ten in the morning of 20 November 2026 in Shanghai."""
    with time_machine.travel("2026-11-20T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def lin():
    """Lin Xiaoman, a guide."""
    return make_guide()


def names(tasks) -> list[str]:
    """Whom the tasks are about."""
    return [task.member.name for task in tasks]


def test_what_expires_comes_first_then_the_groups_by_expected_value(lin):
    def add(name, reason, value, due=TODAY):
        make_task(make_member(name, guide=lin), reason=reason, value=Decimal(value), due_on=due)

    add("预流失", Reason.DECLINING, 90)
    add("首购小", Reason.GOLDEN_WINDOW, 3)
    add("首购大", Reason.GOLDEN_WINDOW, 8)
    add("券明天", Reason.COUPON_EXPIRING, 20, TODAY + timedelta(days=1))
    add("券今晚", Reason.COUPON_EXPIRING, 2)
    add("第三单", Reason.NTH_ORDER, 40)
    tasks = guidetasks.todays_tasks(lin)
    assert names(tasks) == ["券今晚", "券明天", "首购大", "首购小", "第三单", "预流失"]
    assert names(guidetasks.todays_tasks(lin, reason=Reason.GOLDEN_WINDOW)) == ["首购大", "首购小"]
    assert [guidetasks.is_pressing(task, TODAY) for task in tasks[:1]] == [True]


def test_closed_overdue_and_other_peoples_tasks_are_not_on_the_list(lin):
    he = make_guide("何俊", store=lin.store)
    make_task(make_member("完成", guide=lin), state=TaskState.DONE, outcome=Outcome.REACHED)
    make_task(make_member("过期", guide=lin), due_on=TODAY - timedelta(days=1))
    make_task(make_member("别人", guide=he))
    make_task(make_member("别店", guide=make_guide("吴磊")))
    mine = make_task(make_member("我的", guide=lin))
    assert guidetasks.todays_tasks(lin) == [mine]
    zhou = make_manager(store=lin.store)
    assert sorted(names(guidetasks.todays_tasks(zhou))) == ["别人", "我的"]
    assert names(guidetasks.todays_tasks(zhou, guide=he)) == ["别人"]
    assert len(guidetasks.todays_tasks(make_marketer())) == 3
    lin.is_active = False
    assert guidetasks.todays_tasks(lin) == []


def test_a_task_whose_offer_is_just_leaving_is_off_the_list_until_it_is_taken_back(lin):
    task = make_task(make_member("周子涵", guide=lin))
    offer = sent_offer(lin, task.member, task_id=task.pk, tell=False)
    offer.state, offer.sent_at = OfferState.QUEUED, None
    offer.save()
    assert guidetasks.todays_tasks(lin) == []
    offer.state = OfferState.TAKEN_BACK
    offer.save()
    assert guidetasks.todays_tasks(lin) == [task]


def test_later_offers_an_hour_closing_time_and_tomorrow_and_never_the_past(lin):
    moments = {name: timezone.localtime(moment).strftime("%d %H:%M") for name, moment in guidetasks.snooze_choices(lin)}
    assert moments == {"hour": "20 11:00", "closing": "20 20:00", "tomorrow": "21 10:00"}
    with time_machine.travel("2026-11-20T20:30:00+08:00"):
        assert [name for name, _moment in guidetasks.snooze_choices(lin)] == ["hour", "tomorrow"]


def test_progress_counts_done_of_all_coupons_sent_and_redeemed_and_the_sales_of_the_day(lin):
    done = make_task(make_member("周子涵", guide=lin), created_at=timezone.now() - timedelta(hours=6))
    later = make_task(make_member("许静雯", guide=lin))
    make_task(make_member("昨天", guide=lin), state=TaskState.DONE, outcome="reached",
              closed_at=timezone.now() - timedelta(days=1))  # fmt: skip
    make_task(make_member("不合适", guide=lin), state=TaskState.DISMISSED)
    guidetasks.snooze(later, timezone.now() + timedelta(hours=1), by=lin)
    offer = sent_offer(lin, done.member, from_template=template(), at=timezone.now() - timedelta(hours=1))
    sent_offer(lin, later.member)
    used_in(offer.coupon, "R-1")
    bought(done.member, "86.00", order_no="R-1")
    deliver_all()
    day = guidetasks.day_of(lin)
    going = day.progress
    assert (going.done, going.total, going.sent, going.redeemed, going.sales) == (1, 2, 1, 1, Decimal("86.00"))
    assert names(day.done) == ["周子涵"]


@pytest.mark.parametrize("tasks", [1, 30])
def test_the_list_takes_the_same_queries_for_one_task_and_for_many(lin, tasks, django_assert_num_queries):
    for nth in range(tasks):
        make_task(make_member(f"会员{nth}", guide=lin), template=template())
    with django_assert_num_queries(1):
        for task in guidetasks.todays_tasks(lin):
            assert f"{task.member.tier} {task.template.terms} {task.guide} {task.store}"
    with django_assert_num_queries(3):
        guidetasks.day_of(lin)
