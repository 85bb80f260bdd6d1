"""Journeys: everybody enters and is moved on step by step, until all are through."""

import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from campaigns.journeys import advancing, versions
from campaigns.journeys.entering import enter
from campaigns.models import Journey, StepTally, Trip, TripState
from coupons.models import CouponTemplate
from tests.bench.bench_issue import MEMBERS, template
from tests.bench.harness import RUNS, Measure, Scale, benchmark

GOAL = 20_000  # steps a second
AT_ONCE = 20_000
LOYAL = {"all": [{"fact": "growth", "op": "gte", "value": "1"}]}
STEPS = 4
SQL = (Path(__file__).parent / "bare_journeys.sql").read_text()
BARE = {name: text for name, text in (one.split("\n", 1) for one in SQL.split("-- name: ")[1:])}
BARE_STEPS = (
    ("s", "w", ("visit", "move")),
    ("w", "w", ("stay",)),
    ("w", "b", ("visit", "move")),
    ("b", "c", ("visit", "move")),
    ("c", "", ("coupon", "through")),
)
EMPTIED = """
    TRUNCATE campaigns_trip, campaigns_visit, campaigns_steptally, coupons_coupon, members_timelinefact,
             members_delivery RESTART IDENTITY CASCADE
"""
OVER = "UPDATE campaigns_trip SET due_at = now() WHERE state = 'active' AND waiting"


@benchmark
def journeys(scale: Scale) -> Iterator[Measure]:
    """A split, a wait, a rule about members and a coupon: four steps for each, the wait counted when it is over."""
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS.format(members=scale.members))
        cursor.execute("VACUUM ANALYZE")
    journey, coupon = begun()
    entering, stepping = [], []
    for _nth in range(RUNS):
        bare_enter, bare_steps = barely(journey, coupon, scale.members)
        empty()
        our_enter, our_steps = walked(journey, scale.members)
        empty()
        entering.append((our_enter, bare_enter))
        stepping.append((our_steps, bare_steps))
    ours, bare = (statistics.median(one[side] for one in entering) for side in (0, 1))
    what = f"{scale.members:,} members enter a journey, beside the rows alone"
    yield Measure(what, scale.members / ours, scale.members / bare, "members/s")
    yield Measure(f"{scale.members:,} members enter a journey", scale.members / ours, GOAL, "members/s", 1)
    ours, bare = (statistics.median(one[side] for one in stepping) for side in (0, 1))
    steps = scale.members * STEPS
    yield Measure(f"{steps:,} steps of journeys, beside the rows alone", steps / ours, steps / bare, "steps/s")
    yield Measure(f"{steps:,} steps of journeys", steps / ours, GOAL, "steps/s", 1)


def walked(journey: Journey, members: int) -> tuple[float, float]:
    """Everybody enters and goes through; the seconds of both."""
    started = time.perf_counter()
    entered = sum(
        enter(journey, {pk: "bench" for pk in range(first, min(first + AT_ONCE, members + 1))}, at=timezone.now())
        for first in range(1, members + 1, AT_ONCE)
    )
    entering, moving = time.perf_counter() - started, 0.0
    _settle()
    while Trip.objects.filter(state=TripState.ACTIVE).exists():
        with connection.cursor() as cursor:
            cursor.execute(OVER)  # time passes
        started = time.perf_counter()
        advancing.advance(seconds=3600)
        moving += time.perf_counter() - started
    if sum(StepTally.objects.values_list("trips", flat=True)) != entered * STEPS:
        raise RuntimeError("Not everybody took every step.")
    return entering, moving


def barely(journey: Journey, coupon: CouponTemplate, members: int) -> tuple[float, float]:
    """The same rows by hand, in chunks of the same sizes; the seconds of both."""
    params = {"journey": journey.pk, "version": journey.version_id, "template": coupon.pk, "terms": coupon.terms_id}
    started = time.perf_counter()
    _chunks(members, AT_ONCE, params, ("enter",))
    entering = time.perf_counter() - started
    _settle()
    started = time.perf_counter()
    for step, following, verbs in BARE_STEPS:
        _chunks(members, advancing.CHUNK, {**params, "step": step, "next": following}, verbs)
    return entering, time.perf_counter() - started


def _chunks(members: int, size: int, params: dict[str, Any], verbs: Sequence[str]) -> None:
    for first in range(0, members, size):
        with transaction.atomic(), connection.cursor() as cursor:
            for verb in verbs:
                cursor.execute(BARE[verb], {**params, "after": first, "last": first + size})


def _settle() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE campaigns_trip")


def empty() -> None:
    """No trips, coupons and facts."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTIED)
        cursor.execute("VACUUM ANALYZE")
    CouponTemplate.objects.update(issued=0)


def begun() -> tuple[Journey, CouponTemplate]:
    """The journey, running, without a control group, and its coupon."""
    journey = Journey.objects.create(name="bench", holdout_percent=0)
    given = template("旅程券")
    coupon = {"key": "c", "kind": "coupon", "template": given.pk}
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
    return journey, given
