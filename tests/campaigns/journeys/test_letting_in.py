"""Whole crowds come in: on recurring days, and when headquarters says so."""

from datetime import timedelta

import pytest

from campaigns.journeys import letting, versions
from campaigns.models import Journey, JourneyState, Trip
from stores import jobs
from stores.errors import Conflict
from stores.models import Job, JobState
from tests.campaigns.journeys.house import MANUAL, make_journey
from tests.campaigns.scenery import facts_of
from tests.makers import make_marketer, make_member

pytestmark = pytest.mark.django_db
WAIT = {"key": "w", "kind": "wait", "days": 30}
REGULARS = {"all": [{"fact": "orders", "op": "gte", "value": "4"}]}
FRIDAYS = {"on": "schedule", "recurrence": "FREQ=WEEKLY;BYDAY=FR", "rule": REGULARS}


@pytest.fixture(autouse=True)
def _monday(time_machine):
    time_machine.move_to("2026-11-09T02:00:00Z", tick=False)


@pytest.fixture
def regulars():
    found = [make_member(f"熟客{nth}") for nth in range(5)]
    for one in found:
        facts_of(one, orders=6, last=3)
    facts_of(make_member("新客"), orders=1, last=3)
    return found


def run_day(day):
    job = jobs.plan("campaigns.start_journeys", params={"day": day}, natural_key=f"campaigns.start_journeys:{day}")
    return jobs.run_to_end(job.pk)


def test_on_its_day_everybody_who_fits_comes_in_once(regulars, monkeypatch, time_machine):
    monkeypatch.setattr(letting, "CHUNK", 2)
    journey = make_journey(WAIT, trigger=FRIDAYS, reentry="always")
    other = make_journey(WAIT, trigger={**FRIDAYS, "recurrence": "FREQ=MONTHLY;BYMONTHDAY=1"})
    time_machine.shift(timedelta(days=4))
    assert run_day("2026-11-13").result == {"entered": 5}
    assert set(Trip.objects.filter(journey=journey).values_list("member", flat=True)) == {one.pk for one in regulars}
    assert set(Trip.objects.values_list("entry", flat=True)) == {"day:2026-11-13"}
    assert not Trip.objects.filter(journey=other).exists()
    Job.objects.all().delete()  # planned a second time, as by a restored database
    run_day("2026-11-13")
    assert Trip.objects.count() == 5


def test_on_any_other_day_nobody_does(regulars, time_machine):
    make_journey(WAIT, trigger=FRIDAYS)
    time_machine.shift(timedelta(days=3))
    run_day("2026-11-12")
    assert not Trip.objects.exists()


def test_a_rule_that_means_nothing_any_more_stops_its_own_journey_only(regulars, time_machine):
    broken, sound = make_journey(WAIT, trigger=FRIDAYS), make_journey(WAIT, trigger=FRIDAYS)
    flow = {**broken.version.flow, "trigger": {**FRIDAYS, "rule": {"fact": "gone", "op": "eq", "value": 1}}}
    Journey.objects.filter(pk=broken.pk).update(version=broken.versions.create(number=9, flow=flow, state="retired"))
    time_machine.shift(timedelta(days=4))
    run_day("2026-11-13")
    broken.refresh_from_db()
    assert (broken.state, bool(broken.problem)) == (JourneyState.PAUSED, True)
    assert Trip.objects.filter(journey=sound).count() == 5


def test_su_wan_lets_a_segment_in_with_progress_and_twice_lets_in_nobody_new(regulars):
    wan, journey = make_marketer(), make_journey(WAIT, trigger=MANUAL)
    job = letting.let_in(journey, REGULARS, by=wan)
    assert (job.total, job.created_by) == (5, wan)
    done = jobs.run_to_end(job.pk)
    assert (done.state, done.done, done.result) == (JobState.DONE, 5, {"entered": 5})
    again = jobs.run_to_end(letting.let_in(journey, REGULARS, by=wan).pk)
    assert again.result == {"entered": 0}


def test_the_journeys_own_rule_keeps_out_who_does_not_fit(regulars):
    journey = make_journey(WAIT, trigger={**MANUAL, "rule": REGULARS})
    jobs.run_to_end(letting.let_in(journey, {}, by=None).pk)
    assert Trip.objects.count() == 5


def test_nobody_is_let_in_by_hand_where_something_else_does(regulars):
    paused = make_journey(WAIT, trigger=MANUAL)
    versions.pause(paused)
    for journey in (make_journey(WAIT), paused):
        with pytest.raises(Conflict):
            letting.let_in(journey, REGULARS, by=None)
    assert not Job.objects.filter(kind=letting.LET_IN).exists()


def test_a_worker_that_died_in_the_middle_goes_on_behind_its_last_chunk(regulars, monkeypatch):
    monkeypatch.setattr(letting, "CHUNK", 2)
    journey = make_journey(WAIT, trigger=MANUAL)
    job = letting.let_in(journey, REGULARS, by=None)
    jobs.run(job.pk, seconds=0)
    jobs.run_to_end(job.pk)
    assert Trip.objects.count() == 5
    assert Job.objects.get(pk=job.pk).done == 5
