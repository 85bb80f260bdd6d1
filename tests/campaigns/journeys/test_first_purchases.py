"""The first purchases as a story: what lets somebody in, waits, parts the ways, gives, and ends at the goal."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import StepTally, TripState
from coupons.models import Coupon, Origin
from members.models import TimelineFact
from tests.campaigns.journeys.house import BOUGHT, go_on, make_journey, story_of, trip_of
from tests.makers import make_member, make_order, make_template

pytestmark = pytest.mark.django_db

SECOND = {"all": [{"fact": "orders", "op": "gte", "value": "2"}]}


def bought(member, *, at=None):
    make_order("60.00", member=member, paid_at=at or timezone.now())


@pytest.fixture
def tasting():
    return make_template("新品试吃")


def first_purchases(tasting, **fields):
    return make_journey(
        {"key": "w", "kind": "wait", "days": 2},
        {"key": "b", "kind": "branch", "rule": SECOND, "lanes": [[], [
            {"key": "c", "kind": "coupon", "template": tasting.pk},
        ]]},
        {"key": "u", "kind": "wait_until", "event": "order.recorded", "days": 10, "lanes": [[], []]},
        goal={"event": "order.recorded", "rule": {"all": [{"fact": "orders", "op": "gte", "value": "3"}]},
              "within_days": 60},
        **fields,
    )  # fmt: skip


def test_whoever_does_not_come_back_gets_a_coupon_after_two_days(tasting, time_machine):
    time_machine.move_to("2026-11-10T04:00:00Z", tick=False)
    journey, mei = first_purchases(tasting), make_member("张晓梅")
    bought(mei)
    go_on()
    assert (trip_of(mei).journey, trip_of(mei).step, trip_of(mei).waiting) == (journey, "w", True)

    time_machine.shift(timedelta(days=1))
    assert go_on() == 0  # control: nothing before its time
    time_machine.shift(timedelta(days=1))
    go_on()

    coupon = Coupon.objects.get(member=mei)
    assert (coupon.template, coupon.origin, coupon.origin_id) == (tasting, Origin.JOURNEY, journey.pk)
    assert story_of(mei) == ["w: waited", "b: differs", "c: issued"]
    assert trip_of(mei).step == "u"


def test_whoever_came_back_gets_none_and_goes_straight_on(tasting, time_machine):
    time_machine.move_to("2026-11-10T04:00:00Z", tick=False)
    first_purchases(tasting)
    mei = make_member("张晓梅")
    bought(mei)
    go_on()
    time_machine.shift(timedelta(days=1))
    bought(mei)
    time_machine.shift(timedelta(days=1))
    go_on()
    assert story_of(mei) == ["w: waited", "b: fits"]
    assert not Coupon.objects.filter(member=mei).exists()


def test_what_was_waited_for_ends_the_wait_at_once(tasting, time_machine):
    time_machine.move_to("2026-11-10T04:00:00Z", tick=False)
    first_purchases(tasting)
    mei = make_member("张晓梅")
    bought(mei)
    go_on()
    time_machine.shift(timedelta(days=2))
    go_on()
    time_machine.shift(timedelta(hours=3))
    bought(mei)
    go_on()
    assert story_of(mei)[-1] == "u: came"
    assert trip_of(mei).state == TripState.THROUGH


def test_without_it_time_is_up(tasting, time_machine):
    time_machine.move_to("2026-11-10T04:00:00Z", tick=False)
    first_purchases(tasting)
    mei = make_member("张晓梅")
    bought(mei)
    for days in (0, 2, 10):
        time_machine.shift(timedelta(days=days))
        go_on()
    assert story_of(mei)[-1] == "u: timed_out"
    assert trip_of(mei).state == TripState.THROUGH


def test_the_goal_ends_a_trip_in_the_middle_of_a_wait(tasting, time_machine):
    time_machine.move_to("2026-11-10T04:00:00Z", tick=False)
    first_purchases(tasting)
    mei = make_member("张晓梅")
    bought(mei)
    go_on()
    for _nth in (2, 3):
        time_machine.shift(timedelta(hours=1))
        bought(mei)
        go_on()
    trip = trip_of(mei)
    assert (trip.state, trip.due_at, trip.waiting) == (TripState.GOAL, None, False)
    time_machine.shift(timedelta(days=5))
    assert go_on() == 0
    assert not Coupon.objects.filter(member=mei).exists()
    assert TimelineFact.objects.filter(member=mei, kind="journey.goal_reached").count() == 1


def test_old_orders_that_arrive_late_let_nobody_in(tasting):
    first_purchases(tasting)
    mei, bo = make_member("张晓梅"), make_member("李波")
    bought(mei, at=timezone.now() - timedelta(days=30))
    bought(bo)  # control
    go_on()
    assert story_of(bo) == []
    assert trip_of(bo).step == "w"
    assert not TimelineFact.objects.filter(member=mei, kind="journey.entered").exists()


def test_everybody_is_moved_on_once_however_often_it_is_looked_and_the_tally_counts_what_happened(
    tasting, time_machine
):
    time_machine.move_to("2026-11-10T04:00:00Z", tick=False)
    journey = make_journey({"key": "c", "kind": "coupon", "template": tasting.pk}, trigger=BOUGHT, reentry="always")
    people = [make_member(name) for name in ("张晓梅", "李波", "王芳")]
    for one in people:
        bought(one)
    go_on()
    go_on()
    tally = StepTally.objects.get(version=journey.version, step="c", outcome="issued")
    assert tally.trips == Coupon.objects.count() == len(people)
