"""The nightly refresh: windows move, tiers are reviewed, points expire; for those on whom the calendar turned, then for
everybody."""

import statistics
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

from django.db import connection, transaction
from django.utils import timezone

from members import refresh
from members.windows import first_moment, windows
from stores import jobs
from stores.models import JobState, Setting
from tests.bench import crowd
from tests.bench.harness import RUNS, Measure, Scale, benchmark

JOB = "members.refresh_facts"
BARE_FACTS = Path(__file__).with_name("bare_facts.sql").read_text()


@benchmark
def nightly(scale: Scale) -> Iterator[Measure]:
    """Ordinary nights, one after the other; then everybody anew, as when HQ changes a number that facts rest on."""
    nights = [first_moment(windows().today, ago) + timedelta(hours=2) for ago in range(RUNS, -1, -1)]
    crowd.make(scale.members, as_of=nights[0] - timedelta(hours=5))
    night(nights[0])  # the first one sees everybody
    members, seconds = (statistics.median(column) for column in zip(*map(night, nights[1:]), strict=True))
    bare, everybody = [], []
    for _run in range(RUNS):
        bare.append(bare_facts())
        Setting.objects.filter(name=refresh.APPLIED).delete()
        everybody.append(night(nights[-1])[1])
    least, anew = statistics.median(bare), statistics.median(everybody)
    crowd_of = f"{scale.members:,} members"
    yield Measure(f"a night for {crowd_of}, {members:,.0f} due", seconds, least, "s", higher_is_better=False)
    yield Measure(f"{crowd_of} all anew, beside bare facts", anew, least, "s", higher_is_better=False)
    yield Measure(f"{crowd_of} all anew", scale.members / anew, scale.members / least, "members/s")


def night(at: datetime) -> tuple[int, float]:
    """Run the nightly job as if it were that moment; returns how many members it saw to, and in what time."""
    with mock.patch.object(timezone, "now", return_value=at):
        started = time.perf_counter()
        job = jobs.run_to_end(jobs.plan(JOB, params={}).pk)
        took = time.perf_counter() - started
    if job.state != JobState.DONE:
        raise RuntimeError(f"The night that is measured went wrong: {job.error}")
    return job.done, took


def bare_facts() -> float:
    """The time that bare_facts.sql takes."""
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BARE_FACTS, windows().params)
    return time.perf_counter() - started
