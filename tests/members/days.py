"""Stories that go on for months: what happens on a day, with the clock of that day."""

from contextlib import AbstractContextManager

import time_machine

from stores import jobs
from stores.models import Job
from tests.makers import moment


def on(day: str, clock: str = "04:00") -> AbstractContextManager:
    """The clock stands still at that moment (UTC): noon in Shanghai of "2026-03-01" unless told otherwise."""
    return time_machine.travel(moment(day, clock), tick=False)


def night_of(day: str) -> Job:
    """The nightly job of that day, worked to its end."""
    with on(day, "00:30"):
        return jobs.run_to_end(jobs.plan("members.refresh_facts", params={"day": day}, natural_key=day).pk)
