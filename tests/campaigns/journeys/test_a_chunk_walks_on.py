"""A chunk goes through all steps that follow at once, as one: what cannot be done leaves those before it done."""

import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.journeys import advancing
from campaigns.journeys.entering import enter
from campaigns.models import Journey, JourneyState, StepTally, Trip, Visit
from coupons.models import Coupon
from tests.campaigns.journeys.house import MANUAL, make_journey, story_of, trip_of
from tests.makers import make_member, make_template

pytestmark = pytest.mark.django_db
LOYAL = {"all": [{"fact": "growth", "op": "gte", "value": "0"}]}


def moves(captured) -> int:
    """How often trips were written."""
    return sum("UPDATE campaigns_trip" in one["sql"] for one in captured.captured_queries)


def test_split_and_rule_and_wait_are_one_walk_with_one_write_of_where_everybody_stands():
    branch = {"key": "b", "kind": "branch", "rule": LOYAL, "lanes": [[], []]}
    split = {"key": "s", "kind": "split", "percents": [50, 50], "lanes": [[], []]}
    journey = make_journey(split, branch, {"key": "w", "kind": "wait", "days": 1}, trigger=MANUAL)
    mei, bo = make_member("张晓梅"), make_member("李波")
    enter(journey, {mei.pk: "1", bo.pk: "1"}, at=timezone.now())
    with CaptureQueriesContext(connection) as captured:
        assert advancing.advance() == 6
    assert moves(captured) == 1
    assert [line.partition(":")[0] for line in story_of(mei)] == ["s", "b"]
    assert (trip_of(mei).step, trip_of(mei).waiting) == ("w", True)
    assert sum(StepTally.objects.values_list("trips", flat=True)) == Visit.objects.count() == 4


def test_members_are_locked_before_trips_so_a_step_that_locks_them_begins_a_walk_of_its_own():
    coupon = {"key": "c", "kind": "coupon", "template": make_template().pk}
    journey = make_journey({"key": "b", "kind": "branch", "rule": LOYAL, "lanes": [[], []]}, coupon, trigger=MANUAL)
    mei = make_member("张晓梅")
    enter(journey, {mei.pk: "1"}, at=timezone.now())
    with CaptureQueriesContext(connection) as captured:
        advancing.advance()
    at_coupon = [one["sql"] for one in captured.captured_queries if "NO KEY UPDATE" in one["sql"]]
    at_coupon = at_coupon[next(nth for nth, sql in enumerate(at_coupon) if "FROM members_member WHERE" in sql) :]
    assert any("UPDATE OF t" in sql for sql in at_coupon[1:])
    assert moves(captured) == 2
    assert story_of(mei) == ["b: fits", "c: issued"]
    assert Coupon.objects.count() == 1


def test_a_later_step_that_means_nothing_keeps_what_was_done_and_stops_where_it_stands():
    split = {"key": "s", "kind": "split", "percents": [50, 50], "lanes": [[], []]}
    rule = {"key": "b", "kind": "branch", "rule": LOYAL, "lanes": [[], []]}
    journey = make_journey(split, rule, {"key": "w", "kind": "wait", "days": 1}, trigger=MANUAL)
    sound, broken = journey.version.flow, journey.versions.model.objects.filter(pk=journey.version_id)
    gone = {**rule, "rule": {"fact": "gone", "op": "eq", "value": 1}}
    with pgtrigger.ignore("campaigns.JourneyVersion:published_steps_stay"):
        broken.update(flow={**sound, "steps": [split, gone, sound["steps"][2]]})
    mei = make_member("张晓梅")
    enter(journey, {mei.pk: "1"}, at=timezone.now())
    assert advancing.advance() == 1
    journey.refresh_from_db()
    assert (journey.state, journey.problem.partition(":")[0]) == (JourneyState.PAUSED, "b")
    assert (trip_of(mei).step, trip_of(mei).waiting, len(story_of(mei))) == ("b", False, 1)
    with pgtrigger.ignore("campaigns.JourneyVersion:published_steps_stay"):
        broken.update(flow=sound)
    Journey.objects.filter(pk=journey.pk).update(state=JourneyState.RUNNING)
    advancing.advance()
    assert [line.partition(":")[0] for line in story_of(mei)] == ["s", "b"]  # the split not a second time


def test_who_went_on_without_is_marked_and_counted_on_the_day():
    template = make_template(stock=1)
    journey = make_journey({"key": "c", "kind": "coupon", "template": template.pk}, trigger=MANUAL)
    mei, bo = make_member("张晓梅"), make_member("李波")
    enter(journey, {mei.pk: "1", bo.pk: "1"}, at=timezone.now())
    advancing.advance()
    assert set(Visit.objects.values_list("outcome", "skipped")) == {("issued", False), ("stock_spent", True)}
    assert set(StepTally.objects.values_list("day", flat=True)) == {timezone.localdate()}
    assert Trip.objects.filter(state="through").count() == 2
