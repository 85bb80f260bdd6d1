"""Versions of a journey: what is published stays as it is, and what becomes of those on the way."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone, translation

from campaigns.journeys import advancing, flows, versions
from campaigns.journeys.entering import enter
from campaigns.journeys.versions import Standing
from campaigns.models import JourneyState, JourneyVersion, Trip, TripState, VersionState
from members.models import Tag, TagGroup
from stores.errors import Conflict
from tests.campaigns.journeys.house import MANUAL, make_journey, story_of, trip_of
from tests.makers import make_marketer, make_member, make_template

pytestmark = pytest.mark.django_db


def wait(key, days=5):
    return {"key": key, "kind": "wait", "days": days}


def flow(*steps, trigger=MANUAL):
    return {"trigger": trigger, "goal": None, "steps": list(steps)}


@pytest.fixture
def running():
    """Mei waits at step a, Bo already at step b."""
    journey = make_journey(wait("a"), wait("b"), trigger=MANUAL)
    mei, bo = make_member("张晓梅"), make_member("李波")
    enter(journey, {mei.pk: "1", bo.pk: "1"}, at=timezone.now())
    advancing.advance()
    Trip.objects.filter(member=bo).update(step="b")
    return journey, mei, bo


def test_published_steps_never_change(running):
    journey, _mei, _bo = running
    with pytest.raises(ProgrammingError), transaction.atomic():
        JourneyVersion.objects.filter(pk=journey.version_id).update(flow=flow(wait("z")))
    journey.version.refresh_from_db()
    assert [step["key"] for step in journey.version.flow["steps"]] == ["a", "b"]
    draft = versions.save_draft(journey, flow(wait("a")))
    JourneyVersion.objects.filter(pk=draft.pk).update(flow=flow(wait("z")))  # control: a draft may


def test_a_draft_is_one_and_is_published_once(running):
    journey, *_people = running
    draft = versions.save_draft(journey, flow(wait("a")))
    again = versions.save_draft(journey, flow(wait("a", 7)))
    assert (draft.pk, again.number) == (again.pk, 2)
    su = make_marketer()
    assert versions.publish(again, by=su).version_id == again.pk
    with pytest.raises(Conflict):
        versions.publish(again, by=su)
    states = JourneyVersion.objects.filter(journey=journey).order_by("number").values_list("state", flat=True)
    assert list(states) == [VersionState.RETIRED, VersionState.PUBLISHED]


def test_head_counts_say_who_can_go_along(running):
    journey, *_people = running
    draft = versions.save_draft(journey, flow(wait("a"), wait("c")))
    found = {(crowd.step, crowd.trips, crowd.goes_along) for crowd in versions.crowds(draft)}
    assert found == {("a", 1, True), ("b", 1, False)}


@pytest.mark.parametrize(
    ("standing", "mei_is", "bo_is"),
    [
        (Standing.STAY, (1, "active"), (1, "active")),
        (Standing.ALONG, (2, "active"), (1, "active")),
        (Standing.LEAVE, (1, "left"), (1, "left")),
    ],
)
def test_those_on_the_way_stay_go_along_or_leave(running, standing, mei_is, bo_is):
    journey, mei, bo = running
    versions.publish(versions.save_draft(journey, flow(wait("a"), wait("c"))), by=None, standing=standing)
    found = [(trip_of(one).version.number, trip_of(one).state) for one in (mei, bo)]
    assert found == [mei_is, bo_is]


def test_who_stays_finishes_the_old_steps_though_the_new_version_is_in_force(running):
    journey, mei, _bo = running
    versions.publish(versions.save_draft(journey, flow(wait("a"), wait("c"))), by=None)
    Trip.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    advancing.advance()
    assert trip_of(mei).step == "b"


def test_a_paused_journey_stands_still_and_an_ended_one_lets_everybody_go(running):
    journey, mei, _bo = running
    Trip.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    versions.pause(journey)
    assert advancing.advance() == 0
    assert story_of(mei) == []
    versions.resume(journey)
    assert advancing.advance() > 0
    assert story_of(mei) == ["a: waited"]
    versions.end(journey)
    assert set(Trip.objects.values_list("state", flat=True)) <= {TripState.LEFT, TripState.THROUGH}
    with pytest.raises(Conflict):
        versions.resume(journey)


def test_a_rule_that_means_nothing_any_more_stops_the_journey_and_says_so(running):
    journey, mei, _bo = running
    tag = Tag.objects.create(group=TagGroup.objects.create(name="口味 2"), name="爱吃辣")
    rule = {"all": [{"fact": "tags", "op": "any", "value": [tag.pk]}]}
    branch = {"key": "d", "kind": "branch", "rule": rule, "lanes": [[], []]}
    versions.publish(versions.save_draft(journey, flow(branch)), by=None, standing=Standing.LEAVE)
    lin = make_member("林一")
    journey.refresh_from_db()
    tag.delete()
    enter(journey, {lin.pk: "2"}, at=timezone.now())
    assert advancing.advance() == 0
    journey.refresh_from_db()
    assert journey.state == JourneyState.PAUSED
    assert journey.problem.startswith("d: ")
    assert trip_of(lin).step == "d"
    assert story_of(lin) == []


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"key": "a", "kind": "fly"}, "no such kind of step"),
        ({"key": "a", "kind": "wait"}, "how long to wait"),
        ({"key": "a", "kind": "wait", "days": -1}, "0 to 366"),
        ({"key": "a", "kind": "wait", "days": 1, "clock": "25:00"}, "10:00"),
        ({"key": "A!", "kind": "wait", "days": 1}, "small letters"),
        ({"key": "a", "kind": "coupon", "template": 0}, "Choose a coupon"),
        ({"key": "a", "kind": "split", "percents": [50, 40], "lanes": [[], []]}, "100"),
        ({"key": "a", "kind": "split", "percents": [50, 50], "lanes": [[]]}, "lanes"),
        ({"key": "a", "kind": "wait_until", "event": "moon.rises", "days": 3, "lanes": [[], []]}, "do not listen"),
        ({"key": "a", "kind": "branch", "lanes": [[], []]}, "rule is missing"),
        ({"key": "a", "kind": "wait", "days": 1, "colour": "red"}, "does not ask for that"),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_step_that_means_nothing_is_named_with_its_reason(step, words):
    with translation.override("en"), pytest.raises(flows.FlowInvalid) as refusal:
        flows.read(flow(step))
    assert words in str(refusal.value)


def test_a_flow_reads_as_it_was_written():
    template = make_template()
    written = flows.write(
        flows.read(
            flow(
                wait("a"),
                {"key": "s", "kind": "split", "percents": [40, 60], "lanes": [
                    [wait("b"), {"key": "c", "kind": "coupon", "template": str(template.pk)}], []]},
                {"key": "z", "kind": "leave"},
            )
        )
    )  # fmt: skip
    read = flows.read(written)
    assert flows.write(read) == written
    assert [read.after(read.by_key[key]) for key in ("a", "b", "c", "s", "z")] == ["s", "c", "z", "z", ""]
    assert (read.after(read.by_key["s"], 0), read.after(read.by_key["s"], 1)) == ("b", "z")
