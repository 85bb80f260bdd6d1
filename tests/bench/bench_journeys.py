"""Journeys: everybody enters and is moved on step by step, until all are through."""

import time
from collections.abc import Iterator

from django.db import connection
from django.utils import timezone

from campaigns.journeys import advancing, versions
from campaigns.journeys.entering import enter
from campaigns.models import Journey, StepTally, Trip, TripState
from tests.bench.bench_issue import MEMBERS, template
from tests.bench.harness import Measure, Scale, benchmark

GOAL = 20_000  # steps a second
AT_ONCE = 20_000
LOYAL = {"all": [{"fact": "growth", "op": "gte", "value": "1"}]}
OVER = "UPDATE campaigns_trip SET due_at = now() WHERE state = 'active' AND waiting"


@benchmark
def journeys(scale: Scale) -> Iterator[Measure]:
    """A split, a wait, a rule about members and a coupon: four steps for each, the wait counted when it is over."""
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS.format(members=scale.members))
        cursor.execute("VACUUM ANALYZE")
    journey = begun()
    started = time.perf_counter()
    entered = sum(
        enter(journey, {pk: "bench" for pk in range(first, min(first + AT_ONCE, scale.members + 1))}, at=timezone.now())
        for first in range(1, scale.members + 1, AT_ONCE)
    )
    seconds = time.perf_counter() - started
    yield Measure(f"{entered:,} members enter a journey", entered / seconds, GOAL, "members/s", 1)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE campaigns_trip")
    steps, moving = 0, 0.0
    while Trip.objects.filter(state=TripState.ACTIVE).exists():
        with connection.cursor() as cursor:
            cursor.execute(OVER)  # time passes
        started = time.perf_counter()
        steps += advancing.advance(seconds=3600)
        moving += time.perf_counter() - started
    if sum(StepTally.objects.values_list("trips", flat=True)) != entered * 4:
        raise RuntimeError("Not everybody took every step.")
    yield Measure(f"{steps:,} steps of journeys", steps / moving, GOAL, "steps/s", 1)


def begun() -> Journey:
    """The journey, running, without a control group."""
    journey = Journey.objects.create(name="bench", holdout_percent=0)
    coupon = {"key": "c", "kind": "coupon", "template": template("旅程券").pk}
    rule = {"key": "b", "kind": "branch", "rule": LOYAL, "lanes": [[], []]}
    flow = {
        "trigger": {"on": "manual"},
        "goal": None,
        "steps": [
            {"key": "s", "kind": "split", "percents": [50, 50], "lanes": [[], []]},
            {"key": "w", "kind": "wait", "days": 1},
            rule,
            coupon,
        ],
    }
    versions.publish(versions.save_draft(journey, flow), by=None)
    journey.refresh_from_db()
    return journey
