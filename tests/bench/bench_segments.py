"""How many members a rule means: six rules, each beside the best SQL that one writes by hand for it; and a fifth of all
members taken into a segment, beside a bare INSERT .. SELECT into a table with the same indexes.

The millions of members are made in a database of their own, since its tables are bared of foreign keys.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from django.db import connection
from django.utils import timezone

from members.models import Segment, SegmentKind, SegmentSpan
from members.segments import compiling, refreshing
from stores import jobs
from stores.models import JobState
from tests.bench import millions
from tests.bench.harness import Measure, Scale, benchmark, medians
from tests.bench.predicates import MATERIALISED, Predicate, fifth, six
from tests.bench.scratch import scratch_database

GOAL, RUNS = 1.2, 15
FULL = 10_000_000  # members for whom the wanted times are meant
BARE_SPAN = """
    DROP TABLE IF EXISTS bare_span;
    CREATE TABLE bare_span (LIKE members_segmentspan INCLUDING ALL)
"""
EMPTIED = "TRUNCATE members_segmentspan, members_segmentfound, members_timelinefact, bare_span; CHECKPOINT"


@benchmark
def segments(scale: Scale) -> Iterator[Measure]:
    """Previews, then a segment taken for the first time."""
    with scratch_database("segments"):
        millions.make(scale.members, until=timezone.now())
        yield from measured(scale.members)


def measured(members: int) -> Iterator[Measure]:
    """The figures, with the members of tests/bench/millions.py in place."""
    now = timezone.now()
    predicates, params = six(now)
    for predicate in predicates:
        yield from previewed(predicate, params, members)
    yield taken_in(members)


def previewed(predicate: Predicate, params: Mapping[str, Any], members: int) -> Iterator[Measure]:
    """A count by the rule and one by hand, which must be the same; and, at ten millions, how soon it is there."""
    found: dict[str, int] = {}
    tree = predicate.tree

    def ours() -> None:
        found["ours"] = compiling.count(tree, at=params["now"])

    def by_hand() -> None:
        found["by hand"] = number_of(predicate.sql, params)

    ours()  # warm, both
    by_hand()
    (rule,), (hand,) = medians((ours,), (by_hand,), before=lambda: None, runs=RUNS, writes=False)
    if found["ours"] != found["by hand"]:
        raise RuntimeError(f"{predicate.name}: {found} members are not the same.")
    name = f"{predicate.name}: {found['ours']:,} of {members:,}"
    yield Measure(name, rule * 1000, hand * 1000, "ms", GOAL, higher_is_better=False)
    if members >= FULL:
        yield Measure("... wanted", rule * 1000, predicate.wanted_ms, "ms", 1, higher_is_better=False)


def number_of(sql: str, params: Mapping[str, Any]) -> int:
    """The one number that a query gives."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]


def taken_in(members: int) -> Measure:
    """A segment taken for the first time, with all that its job does, beside one statement."""
    rule, params = fifth(timezone.now())
    segment = Segment.objects.create(name="A fifth", kind=SegmentKind.DYNAMIC, rule=rule)
    with connection.cursor() as cursor:
        cursor.execute(BARE_SPAN)
    (ours,), (bare,) = medians(
        (partial(refreshed, segment),), (partial(barely, {**params, "segment": segment.pk}),), before=emptied(segment)
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bare_span")
        (expected,) = cursor.fetchone()
    emptied(segment)()
    refreshed(segment)
    if SegmentSpan.objects.count() != expected:
        raise RuntimeError(f"{SegmentSpan.objects.count()} members are in the segment, not {expected}.")
    return Measure(f"{expected:,} of {members:,} into a segment", expected / ours, expected / bare, "members/s")


def emptied(segment: Segment) -> Callable[[], None]:
    """What makes the segment one that was never taken."""

    def empty() -> None:
        Segment.objects.filter(pk=segment.pk).update(refreshed_at=None, size=None, job=None)
        with connection.cursor() as cursor:
            for statement in EMPTIED.split(";"):
                cursor.execute(statement)

    return empty


def refreshed(segment: Segment) -> None:
    """The job of the segment, to its end."""
    job = jobs.run_to_end(refreshing.ask(segment, by=None).pk)
    if job.state != JobState.DONE:
        raise RuntimeError(f"The refresh that is measured went wrong: {job.error}")


def barely(params: Mapping[str, Any]) -> None:
    """One statement."""
    with connection.cursor() as cursor:
        cursor.execute(MATERIALISED, params)
