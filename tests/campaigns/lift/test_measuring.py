"""What a campaign or a journey changed is counted by who was to get it, got it or not, and judged with its doubts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.lift import judging, measuring
from campaigns.lift.arms import held_out_share
from campaigns.models import Arm, Effect, Journey, JourneyState, Trip, TripState, Visit
from members import timeline
from members.timeline import NewFact
from stores import jobs
from stores.models import JobState
from tests.campaigns.journeys.house import make_journey
from tests.campaigns.lift.people import a_date, buy, crowd, take_part, travel
from tests.campaigns.scenery import new_batch
from tests.makers import days_ago, make_guide, make_store

pytestmark = pytest.mark.django_db
WAIT = {"key": "w", "kind": "wait", "days": 2}


@pytest.fixture(autouse=True)
def _round_percents(monkeypatch):
    """Arms here are of round sizes; how the size follows from buckets has tests of its own."""
    monkeypatch.setattr(measuring.arms, "held_out_share", lambda _salt, percent: percent / 100)


def the(of, measure="bought", part="whole", key="") -> Effect:
    """One effect of a date or a journey."""
    whose = {"journey": of} if isinstance(of, Journey) else {"occurrence": of}
    return Effect.objects.get(**whose, measure=measure, part=part, key=key)


def day_with(*, treated: int, bought: int, control: int, by_themselves: int, percent: int = 20):
    """A member day yesterday, and who bought."""
    occurrence = a_date(on=days_ago(1), percent=percent)
    members = crowd(treated + control)
    take_part(occurrence, members[:treated], members[treated:])
    buy([*members[:bought], *members[treated : treated + by_themselves]])
    return occurrence, members


def test_a_member_day_that_brought_people_is_better_with_its_interval():
    occurrence, _members = day_with(treated=160, bought=80, control=40, by_themselves=8)
    measuring.measure_occurrence(occurrence)
    found = the(occurrence)
    assert (found.treated, found.control) == (160, 40)
    assert (found.treated_value, found.control_value) == (0.5, 0.2)
    assert found.effect == pytest.approx(0.3)
    assert 0 < found.low < 0.3 < found.high
    assert (found.verdict, found.doubt, found.is_final) == ("better", "", False)
    spent = the(occurrence, "spend")
    assert (spent.treated_value, spent.control_value, spent.verdict) == (30.0, 12.0, "better")


def test_one_cannot_tell_when_zero_lies_within():
    occurrence, _members = day_with(treated=160, bought=36, control=40, by_themselves=8)
    measuring.measure_occurrence(occurrence)
    found = the(occurrence)
    assert found.low < 0 < found.high
    assert (found.verdict, found.doubt) == ("cannot_tell", "")


@pytest.mark.parametrize(
    ("control", "percent", "doubt"), [(0, 20, "no_control"), (10, 20, "sample_ratio"), (8, 10, "too_few")]
)
def test_nothing_is_told_of_arms_that_are_doubtful(control, percent, doubt):
    occurrence, _members = day_with(
        treated=80 if control == 8 else 160, bought=70, control=control, by_themselves=0, percent=percent
    )
    measuring.measure_occurrence(occurrence)
    assert (the(occurrence).verdict, the(occurrence).doubt) == ("cannot_tell", doubt)


def test_what_came_back_or_was_bought_at_another_time_does_not_count():
    occurrence, members = day_with(treated=160, bought=0, control=40, by_themselves=0)
    buy(members[:10], "60.00", returned="60.00")
    buy(members[10:20], at=occurrence.enrolled_at - timedelta(hours=1))
    buy(members[20:21], "60.00", returned="20.00")
    measuring.measure_occurrence(occurrence)
    assert the(occurrence).treated_value == pytest.approx(1 / 160)
    assert the(occurrence, "spend").treated_value == pytest.approx(40 / 160)


def test_measuring_again_takes_the_place_of_what_was_known_and_ends_when_nothing_more_can_come():
    occurrence, members = day_with(treated=160, bought=80, control=40, by_themselves=8)
    measuring.measure_occurrence(occurrence)
    buy(members[80:100])
    measuring.measure_occurrence(occurrence)
    assert Effect.objects.filter(occurrence=occurrence, part="whole").count() == 2
    assert the(occurrence).treated_value == pytest.approx(100 / 160)
    old, _members = day_with(treated=40, bought=10, control=10, by_themselves=1)
    day = timezone.localdate() - timedelta(days=30)
    old.on = old.until = day
    old.enrolled_at = days_ago(31)
    old.save()
    job = jobs.plan("campaigns.measure", params={}, natural_key="lift:1")
    assert jobs.run_to_end(job.pk).state == JobState.DONE
    assert the(old).is_final
    as_of = the(old).as_of
    jobs.run_to_end(jobs.plan("campaigns.measure", params={}, natural_key="lift:2").pk)
    assert the(old).as_of == as_of
    assert the(occurrence).as_of > as_of


def test_stores_and_guides_are_drawn_to_the_whole():
    occurrence, lin = a_date(on=days_ago(1), percent=20), make_guide("林小满")
    busy, quiet = crowd(160, store=make_store("静安寺店"), guide=lin), crowd(10, store=make_store("徐汇店"))
    third = crowd(160, store=make_store("五角场店"))
    take_part(occurrence, [*busy[:128], *third[:128], *quiet[:8]], [*busy[128:], *third[128:], *quiet[8:]])
    buy([*busy[:64], *third[:60], *busy[128:134], *third[128:134], *quiet[:8]])
    measuring.measure_occurrence(occurrence)
    whole, small = the(occurrence), the(occurrence, part="store", key=str(quiet[0].home_store_id))
    assert small.raw == 1.0
    assert abs(small.effect - whole.effect) < abs(small.raw - whole.effect)
    assert not Effect.objects.filter(part="guide").exists()  # one guide alone is not compared with anybody


def test_a_journey_is_measured_by_whoever_was_watched_for_long_enough_the_first_time_they_came():
    journey = make_journey(WAIT, holdout_percent=20)
    members = crowd(260)
    travel(journey, members[:160], Arm.TREATED, at=days_ago(60))
    travel(journey, members[160:200], Arm.CONTROL, at=days_ago(60))
    travel(journey, members[200:], Arm.TREATED, at=days_ago(3))
    buy([*members[:80], *members[160:164], *members[200:]], at=days_ago(50))
    buy(members[80:120], at=days_ago(10))  # after the thirty days
    measuring.measure_journey(journey)
    found = the(journey)
    assert (found.treated, found.control, found.treated_value, found.control_value) == (160, 40, 0.5, 0.1)
    assert found.verdict == "better"


def test_waves_are_told_apart():
    journey = make_journey(WAIT, holdout_percent=20, reentry="always")
    members = crowd(200)
    for half, (first, last) in enumerate([(0, 100), (100, 200)]):
        at, entry = days_ago(90 - 30 * half), f"wave:{half + 1}"
        travel(journey, members[first : last - 20], Arm.TREATED, at=at, entry=entry)
        travel(journey, members[last - 20 : last], Arm.CONTROL, at=at, entry=entry)
    buy(members[:40], at=days_ago(80))
    measuring.measure_journey(journey)
    assert the(journey, part="wave", key="wave:1").treated_value == 0.5
    assert the(journey, part="wave", key="wave:2").treated_value == 0.0


def test_the_goal_is_watched_in_both_arms_for_as_long_wherever_members_are_by_then():
    goal = {"event": "order.recorded", "within_days": 14}
    journey = make_journey(WAIT, holdout_percent=50, goal=goal)
    members = crowd(80)
    travel(journey, members[:40], Arm.TREATED, at=days_ago(30))
    travel(journey, members[40:], Arm.CONTROL, at=days_ago(30))
    # through all steps, so that the engine no longer looks for the goal; the control is still on the way
    Trip.objects.filter(arm=Arm.TREATED).update(state=TripState.THROUGH, ended_at=days_ago(28))
    new_batch()
    for member in [*members[:20], *members[40:50]]:
        timeline.record(NewFact("order.recorded", member.pk, member.pk, days_ago(20)))
    timeline.record(NewFact("order.recorded", members[30].pk, 1, days_ago(10)))
    measuring.measure_journey(journey)
    found = the(journey, "goal")
    assert (found.treated_value, found.control_value) == (0.5, 0.25)
    assert not Effect.objects.filter(measure="bought").exists()


def test_ways_of_a_split_are_compared_with_the_first():
    split = {"key": "s", "kind": "split", "percents": [50, 50], "lanes": [[WAIT], []]}
    journey = make_journey(split, holdout_percent=0)
    members = crowd(160)
    trips = travel(journey, members, Arm.TREATED, at=days_ago(60))
    Visit.objects.bulk_create(
        Visit(trip=trip, version=journey.version, step="s", outcome="ab"[nth % 2], at=days_ago(59))
        for nth, trip in enumerate(trips)
    )
    buy(members[1::2][:60], at=days_ago(50))
    measuring.measure_journey(journey)
    found = the(journey, part="lane", key="s:b")
    assert (found.treated_value, found.control_value, found.verdict) == (0.75, 0.0, "better")
    assert the(journey).doubt == "no_control"


def test_an_ended_journey_is_measured_for_good_once_everybody_was_watched():
    journey = make_journey(WAIT, holdout_percent=20)
    members = crowd(50)
    travel(journey, members, Arm.TREATED, at=days_ago(60))
    Journey.objects.filter(pk=journey.pk).update(state=JourneyState.ENDED)
    journey.refresh_from_db()
    measuring.measure_journey(journey)
    assert the(journey).is_final


def test_the_doubts_and_the_verdict_of_the_database_agree_with_those_of_the_judge():
    assert {*judging.Doubt.values} == {"no_control", "too_few", "sample_ratio"}
    assert 0.05 < held_out_share("campaign:1:holdout", 10) < 0.15
