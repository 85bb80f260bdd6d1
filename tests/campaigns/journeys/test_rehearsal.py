"""A dry run tells what a version would have done in the last quarter, without doing anything."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns.journeys import versions
from campaigns.journeys.flows import FlowInvalid
from campaigns.journeys.rehearsal.replay import rehearse
from campaigns.models import GuideTask, Journey, JourneyVersion, Touch, Trip
from coupons.models import Coupon
from tests.campaigns.journeys.house import BOUGHT
from tests.campaigns.scenery import bought
from tests.makers import days_ago, make_guide, make_member, make_template

pytestmark = pytest.mark.django_db

GOAL = {
    "event": "order.recorded",
    "within_days": 60,
    "rule": {"all": [{"fact": "orders", "op": "gte", "value": "3"}]},
}


def draft_of(*steps, trigger=BOUGHT, goal=None, **fields):
    journey = Journey.objects.create(name=f"旅程{Journey.objects.count()}", holdout_percent=0, **fields)
    return versions.save_draft(journey, {"trigger": trigger, "goal": goal, "steps": list(steps)})


def test_who_bought_for_the_first_time_would_have_come_in_on_that_day_and_nobody_else():
    mei, bo = make_member("张晓梅"), make_member("李波")
    bought(mei, at=days_ago(200))
    bought(mei, at=days_ago(10))  # their second
    bought(bo, at=days_ago(20))
    told = rehearse(draft_of({"key": "w", "kind": "wait", "days": 1}))
    assert (told.sampled, told.scale, told.total) == (2, 1.0, 1)
    assert dict(told.entered) == {timezone.localdate(days_ago(20)): 1}
    assert not Trip.objects.exists()


def test_each_goes_the_way_their_orders_would_have_led():
    early, late = make_member("张晓梅"), make_member("李波")
    for one in (early, late):
        bought(one, at=days_ago(60))
    bought(early, at=days_ago(55))
    coupon = make_template()
    told = rehearse(
        draft_of(
            {
                "key": "u",
                "kind": "wait_until",
                "event": "order.recorded",
                "days": 14,
                "lanes": [[], [{"key": "c", "kind": "coupon", "template": coupon.pk}]],
            },
        )
    )
    assert (told.steps["u"], told.steps["c"], told.does["coupon"]) == (2, 1, 1)
    assert told.yuan == Decimal(10)
    assert not Coupon.objects.exists()


def test_the_goal_ends_a_trip_and_with_it_what_would_have_come_later():
    mei, bo = make_member("张晓梅"), make_member("李波")
    for member, days in ((mei, (50, 49, 48)), (bo, (50,))):
        for day in days:
            bought(member, at=days_ago(day))
    coupon = make_template()
    told = rehearse(
        draft_of(
            {"key": "w", "kind": "wait", "days": 7},
            {"key": "c", "kind": "coupon", "template": coupon.pk},
            goal=GOAL,
        )
    )
    assert (told.goal, told.steps["c"]) == (1, 1)


def test_tasks_are_counted_per_guide_and_day():
    lin = make_guide()
    for nth in range(3):
        bought(make_member(f"张{nth}", guide=lin), at=days_ago(30))
    bought(make_member("没有导购"), at=days_ago(30))
    step = {"key": "t", "kind": "task", "asks": "邀请", "days": 7, "lanes": [[], [], [], []]}
    told = rehearse(draft_of(step))
    assert dict(told.tasks) == {(lin.pk, timezone.localdate(days_ago(30))): 3}
    assert (told.busiest, told.does["task"]) == (3, 3)
    assert not GuideTask.objects.exists()
    assert not Touch.objects.exists()


def test_recurring_days_ask_how_long_ago_the_last_order_was_then():
    mei = make_member("张晓梅")
    bought(mei, at=days_ago(100))
    away = {"all": [{"fact": "last_order", "op": "before", "value": 60}]}
    daily = {"on": "schedule", "recurrence": "FREQ=DAILY", "rule": away}
    told = rehearse(draft_of({"key": "w", "kind": "wait", "days": 1}, trigger=daily))
    assert (told.total, told.today) == (1, set())
    first = rehearse(draft_of({"key": "w", "kind": "wait", "days": 1}, trigger=daily, reentry="after", reentry_days=20))
    assert first.total == 2  # control: who may enter again after 20 days does, in the 30 days since it holds


def test_what_nobody_knows_of_the_past_is_taken_as_it_is_today_and_said():
    bought(make_member("张晓梅", tier="gold"), at=days_ago(9))
    bought(make_member("李波"), at=days_ago(9))
    gold = make_member("王芳", tier="gold").tier
    rule = {"all": [{"fact": "tier", "op": "in", "value": [gold.pk]}]}
    told = rehearse(draft_of({"key": "w", "kind": "wait", "days": 1}, trigger={**BOUGHT, "rule": rule}))
    assert (told.total, told.today) == (1, {"tier"})


def test_control_group_is_counted_apart_and_nothing_would_have_been_done_to_it():
    for nth in range(30):
        bought(make_member(f"会员{nth}"), at=days_ago(9) - timedelta(minutes=nth))
    draft = draft_of({"key": "c", "kind": "coupon", "template": make_template().pk})
    Journey.objects.update(holdout_percent=50)
    draft.refresh_from_db()
    told = rehearse(draft)
    assert 0 < told.control < 30
    assert told.does["coupon"] == 30 - told.control


def test_a_draft_that_is_not_finished_cannot_be_tried():
    draft = draft_of({"key": "w", "kind": "wait", "days": 1})
    JourneyVersion.objects.filter(pk=draft.pk).update(flow={**draft.flow, "steps": [{"key": "c", "kind": "coupon"}]})
    draft.refresh_from_db()
    with pytest.raises(FlowInvalid):
        rehearse(draft)


def test_more_members_ask_no_more_of_the_database(django_assert_max_num_queries):
    coupon = make_template()
    for nth in range(12):
        bought(make_member(f"会员{nth}"), at=days_ago(9))
    gold = make_member("王芳", tier="gold").tier
    rule = {"all": [{"fact": "tier", "op": "in", "value": [gold.pk]}]}
    give = {"key": "c", "kind": "coupon", "template": coupon.pk}
    draft = draft_of({"key": "b", "kind": "branch", "rule": rule, "lanes": [[], [give]]})
    with django_assert_max_num_queries(12):
        assert rehearse(draft).does["coupon"] == 12
