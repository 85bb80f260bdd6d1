"""A clock that stood still: its day is made up for when it comes back, once; a day it never saw is told as missed."""

from datetime import date, timedelta

import pytest

from campaigns.journeys import letting, runs
from campaigns.journeys.runs import Run
from campaigns.models import Trip
from stores import jobs, periods
from stores.models import Job
from tests.campaigns.journeys.house import MANUAL, make_journey
from tests.campaigns.scenery import facts_of
from tests.makers import make_member

pytestmark = pytest.mark.django_db
REGULARS = {"all": [{"fact": "orders", "op": "gte", "value": "4"}]}
FRIDAYS = {"on": "schedule", "recurrence": "FREQ=WEEKLY;BYDAY=FR", "rule": REGULARS}
FRIDAY = date(2026, 11, 13)


@pytest.fixture
def journey(time_machine):
    """Begun on a Monday; two regulars are meant, every Friday."""
    time_machine.move_to("2026-11-09T02:00:00Z", tick=False)
    for name in ("张晓梅", "李波"):
        facts_of(make_member(name), orders=6, last=3)
    return make_journey({"key": "w", "kind": "wait", "days": 30}, trigger=FRIDAYS, reentry="always")


def the_clock_ticks() -> None:
    """As Celery's beat does, and a worker after it."""
    periods.plan_due()
    for job in Job.objects.filter(kind=letting.START, state="waiting"):
        jobs.run_to_end(job.pk)


def test_a_clock_that_stood_still_at_six_lets_them_in_when_it_comes_back_that_day_once(journey, time_machine):
    time_machine.move_to("2026-11-13T06:30:00Z", tick=False)  # half past two in the afternoon
    the_clock_ticks()
    the_clock_ticks()
    assert Trip.objects.filter(journey=journey, entry="day:2026-11-13").count() == Trip.objects.count() == 2
    assert runs.of(journey) == [Run(FRIDAY, 2, missed=False)]


def test_before_six_nothing_is_missed_yet(journey, time_machine):
    time_machine.move_to("2026-11-12T21:30:00Z", tick=False)  # half past five on Friday
    the_clock_ticks()
    assert (Trip.objects.count(), runs.of(journey)) == (0, [])


def test_a_friday_that_nobody_saw_is_told_as_missed_and_not_made_up_for_on_saturday(journey, time_machine):
    time_machine.move_to("2026-11-14T02:00:00Z", tick=False)
    the_clock_ticks()
    assert Trip.objects.count() == 0
    assert runs.of(journey) == [Run(FRIDAY, 0, missed=True)]
    time_machine.shift(timedelta(days=6))
    the_clock_ticks()
    assert [(run.came, run.missed) for run in runs.of(journey)] == [(2, False), (0, True)]


def test_a_job_of_friday_that_ran_after_midnight_counts_for_friday(journey, time_machine):
    time_machine.move_to("2026-11-13T15:59:00Z", tick=False)
    periods.plan_due()
    time_machine.shift(timedelta(minutes=5))
    the_clock_ticks()
    assert set(Trip.objects.values_list("entry", flat=True)) == {"day:2026-11-13"}


def test_journeys_without_recurring_days_have_none_to_tell_of():
    assert runs.of(make_journey({"key": "w", "kind": "wait", "days": 1}, trigger=MANUAL)) == []
