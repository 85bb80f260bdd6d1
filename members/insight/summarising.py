"""The job that rebuilds the summaries of insight: at night what is due, or everything when HQ asks for it.

A chunk is one summary of one day. What is left to do is in the job's cursor, so that a job killed at any moment goes on
with the day it was at; doing a day once more changes nothing.
"""

from datetime import date

from django.utils.translation import gettext as _

from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import Summary, only_today, rebuild
from members.windows import windows
from stores import jobs
from stores.models import Job, JobState, Staff

JOB = "members.summarise"


def start(*, by: Staff | None = None, everything: bool = False) -> Job:
    """Plan a count of what is due, or of everything; a job that has not ended yet is returned as it is."""
    is_open = (JobState.WAITING, JobState.RUNNING)
    going = Job.objects.filter(kind=JOB, state__in=is_open, params__everything=everything).order_by("-pk").first()
    params = {"everything": everything}
    return going or jobs.plan(JOB, params=params, title=_("Figures of insight, counted anew"), by=by)


def summarise_chunk(job: Job) -> bool:
    """One summary of one day (config/jobs.py); True when all that was due is counted."""
    today = windows().today
    if "names" not in job.cursor:
        job.cursor = {"names": list(SUMMARIES), "days": None}
        job.total = len(SUMMARIES)
    names, days = job.cursor["names"], job.cursor["days"]
    names = [name for name in names if name in SUMMARIES]  # one that is no more while the job waited
    if not names:
        return True
    summary = SUMMARIES[names[0]]
    if days is None:
        found = summary.days(today, anew=job.params.get("everything", False))
        days = [f"{day}" for day in found]
        job.total += max(0, len(days) - 1)
    if days:
        written = rebuild(summary, _day(summary, days[0], today))
        job.result = {**job.result, summary.name: job.result.get(summary.name, 0) + written}
    job.done += 1
    job.cursor = {"names": names, "days": days[1:]} if len(days) > 1 else {"names": names[1:], "days": None}
    job.total = max(job.total, job.done)
    return not job.cursor["names"]


def _day(summary: Summary, planned: str, today: date) -> date:
    """The planned day; a job that midnight has overtaken counts how things stand on the new day."""
    return today if summary.due is only_today else date.fromisoformat(planned)
