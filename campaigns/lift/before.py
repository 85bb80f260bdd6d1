"""Asking what a campaign would be able to show, before it is launched. A job reckons (campaigns.lift.foreseeing)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from stores import jobs
from stores.models import Job, JobState, Staff

JOB = "campaigns.foresee"
MOST_DAYS = 365


@dataclass(frozen=True)
class Foreseen:
    """What the arms would show: of so many ``members`` the share ``usual`` buys in so many days anyway; ``least`` is
    the smallest rise of it (0 to 1) that is found with a chance of 80 %, ``at`` the same for other percents left out,
    ``needed`` how many members it takes to find a rise of so many points. None where nothing would ever show."""

    members: int
    days: int
    percent: int
    usual: float
    least: float | None
    at: Mapping[int, float | None]
    needed: Mapping[int, int | None]


def ask(rule: Mapping[str, Any], *, days: int, percent: int, today: date, by: Staff | None = None) -> Job:
    """Have it reckoned for the members of a rule (``{}`` is everybody) who are watched for some ``days`` with
    ``percent`` of them left out; what was reckoned today already is returned at once."""
    params = {"rule": dict(rule), "days": min(max(days, 1), MOST_DAYS), "percent": percent, "until": today.isoformat()}
    asked = hashlib.sha256(json.dumps(params, sort_keys=True, default=str).encode()).hexdigest()[:32]
    return jobs.plan(JOB, params=params, natural_key=f"foresee:{asked}", queue="interactive", by=by)


def answer(job: Job) -> Foreseen | None:
    """What a job found out; None as long as it has not, and when it failed."""
    if job.state != JobState.DONE or "usual" not in job.result:
        return None
    found = job.result
    return Foreseen(
        members=found["members"],
        days=job.params["days"],
        percent=job.params["percent"],
        usual=found["usual"],
        least=found["least"],
        at={int(percent): least for percent, least in found["at"].items()},
        needed={int(points): members for points, members in found["needed"].items()},
    )
