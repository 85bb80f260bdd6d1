"""How many stand where in a journey: waiting, gone on, skipped, at the goal, over its versions."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from campaigns.journeys import advancing, counts, differences, drawing, people, sketching, versions
from campaigns.journeys.entering import enter
from campaigns.journeys.steps import KINDS
from campaigns.models import Arm, Trip, TripState
from coupons import catalogue
from tests.campaigns.journeys.house import MANUAL, make_journey
from tests.makers import make_guide, make_marketer, make_member, make_store, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def journey():
    """Mei waits, Bo has the coupon, Zihan could not have it because it was stopped, Yun is in the control group."""
    template = make_template()
    wait = {"key": "s1", "kind": "wait", "days": 2}
    coupon = {"key": "s2", "kind": "coupon", "template": template.pk}
    journey = make_journey(wait, coupon, trigger=MANUAL)
    mei, bo, zihan, yun = (make_member(name) for name in ("张晓梅", "李波", "周子涵", "王云"))
    enter(journey, {one.pk: "1" for one in (mei, bo, zihan)}, at=timezone.now())
    advancing.advance()
    due = timezone.now() - timedelta(minutes=1)
    Trip.objects.filter(member=bo).update(due_at=due)
    advancing.advance()
    catalogue.stop(template, by=None)
    Trip.objects.filter(member=zihan).update(due_at=due)
    advancing.advance()
    Trip.objects.create(
        journey=journey, version=journey.version, member=yun, entry="1", arm=Arm.CONTROL, entered_at=timezone.now()
    )
    return journey


def test_everybody_is_counted_once_where_they_are(journey):
    found = counts.fresh([journey.pk])[journey.pk]
    assert (found.treated, found.control, found.on_the_way, found.lately) == (3, 1, 1, 4)
    wait, coupon = found.of("s1"), found.of("s2")
    assert (wait.now, wait.waiting, wait.done, wait.came) == (1, 1, 2, 3)
    assert (coupon.now, coupon.done, coupon.skipped(KINDS["coupon"])) == (0, 2, 1)
    assert found.of("s9").came == 0


def test_who_reached_the_goal_in_a_wait_is_no_longer_there_but_was(journey):
    Trip.objects.filter(step="s1", state=TripState.ACTIVE).update(
        state=TripState.GOAL, ended_at=timezone.now(), due_at=None, waiting=False
    )
    found = counts.fresh([journey.pk])[journey.pk]
    assert (found.of("s1").now, found.of("s1").reached, found.of("s1").came) == (0, 1, 3)
    assert [(one.reached, one.entered) for one in drawing.rates(found, 10)] == [(1, 3), (0, 1)]


def test_numbers_are_those_of_a_moment_ago_and_say_so(journey):
    cache.clear()
    first = counts.of(journey)
    Trip.objects.filter(arm=Arm.CONTROL).delete()
    assert counts.of(journey) == first
    assert counts.of(journey).at == first.at
    assert counts.fresh([journey.pk])[journey.pk].control == 0  # control: asked anew they differ


def test_a_new_version_goes_on_counting_at_the_same_steps(journey):
    flow = {**journey.version.flow, "steps": [*journey.version.flow["steps"], {"key": "s3", "kind": "leave"}]}
    template = make_template("新的券")
    flow["steps"][1] = {**flow["steps"][1], "template": template.pk}
    versions.publish(versions.save_draft(journey, flow), by=None)
    found = counts.fresh([journey.pk])[journey.pk]
    assert found.of("s1").came == 3


def test_su_wan_sees_who_was_skipped_and_why_and_a_guide_of_elsewhere_nobody(journey):
    su = make_marketer()
    skipped = people.skipped(journey, "s2", "coupon", by=su)
    assert [(visit.trip.member.name, bool(why)) for visit, why in skipped] == [("周子涵", True)]
    assert [trip.member.name for trip in people.here(journey, "s1", by=su)] == ["张晓梅"]
    assert [trip.member.name for trip in people.control(journey, by=su)] == ["王云"]
    lin = make_guide(store=make_store("别处店"))
    assert list(people.here(journey, "s1", by=lin)) == []
    assert people.skipped(journey, "s2", "coupon", by=lin) == []


def test_behind_lanes_stands_who_came_out_of_them_and_a_step_of_the_draft_holds_nobody_up():
    lanes = [[{"key": "s2", "kind": "wait", "days": 2}], [{"key": "s3", "kind": "leave"}]]
    journey = make_journey({"key": "s1", "kind": "split", "percents": [50, 50], "lanes": lanes}, trigger=MANUAL)
    enter(journey, {make_member().pk: "1" for _nth in range(12)}, at=timezone.now())
    advancing.advance()
    Trip.objects.filter(step="s2", pk__in=Trip.objects.filter(step="s2").values("pk")[:2]).update(
        due_at=timezone.now() - timedelta(minutes=1)
    )
    advancing.advance()
    counted = counts.fresh([journey.pk])[journey.pk]
    flow = journey.version.flow
    (card,) = drawing.draw(flow, {}, [], counted).cards
    assert card.lanes[0].out == 2
    assert card.lanes[1].count == 12 - card.lanes[0].count
    assert card.lanes[1].out == 0  # they left there
    assert card.out == 2
    draft, key = sketching.add(flow, "wait", "after.s2", taken={"s1", "s2", "s3"})
    changes = differences.between(flow, draft)
    (card,) = drawing.draw(draft, {key: ["?"]}, changes, counted).cards
    assert (card.out, card.lanes[0].cards[1].fault) == (2, "?")


def test_a_card_of_messages_says_how_many_left_and_how_many_never_will():
    flow = {"trigger": MANUAL, "goal": None, "steps": [{"key": "s1", "kind": "message"}]}
    standing = {"s1": {"accepted": 3, "suppressed:no_consent": 2, "rejected:number_unknown": 1, "planned": 4}}
    (card,) = drawing.draw(flow, {}, [], counts.Counts(timezone.now()), standing).cards
    assert (card.sent, card.held) == (3, 3)
