"""The nightly job that says what to expect of every member: the fit, when it is due, then outlooks range by range."""

from datetime import date

from django.db import transaction

from members.insight.purchases import last_whole_day
from members.insight.summaries import base, outlookcounts
from members.insight.value import fits, outlooks
from members.models import MemberFacts, ValueFit
from members.windows import windows
from stores.models import Job

JOB = "members.foretell"


def foretell_all() -> bool:
    """The same at once, for a house that has just been filled; False while there is too little to learn from."""
    until = last_whole_day(windows().today)
    fit = fits.current(until)
    after: int | None = 0 if fit else None
    while fit is not None and after is not None:
        with transaction.atomic():
            after, _looked_at = outlooks.write_range(fit, until, after)
    return fit is not None


def foretell_chunk(job: Job) -> bool:
    """One chunk (config/jobs.py): the fit first, then the outlooks of a range of members; True when all are written."""
    if "fit" not in job.cursor:
        until = last_whole_day(windows().today)
        fit = fits.current(until)
        if fit is None:
            job.result = {"too_few": True}
            return True
        job.cursor = {"fit": fit.pk, "until": until.isoformat(), "after": 0}
        job.total = MemberFacts.objects.filter(orders__gt=0).count()
        return False
    fit, until = ValueFit.objects.get(pk=job.cursor["fit"]), date.fromisoformat(job.cursor["until"])
    after, looked_at = outlooks.write_range(fit, until, job.cursor["after"])
    job.done += looked_at
    job.total = max(job.total, job.done)
    if after is not None:
        job.cursor = {**job.cursor, "after": after}
        return False
    base.rebuild(outlookcounts.SUMMARY, windows().today)
    return True
