"""Jobs: plan, claim, run chunk by chunk, pause, and sweep what a killed worker left.

A job's chunk function (config/jobs.py names it) gets the locked job inside a transaction, does at most some seconds
of work, moves ``cursor``, ``done``, ``total`` and ``result`` on the job, and returns whether it has finished. The
effect and the cursor are saved in that one transaction, so kill -9 at any instruction loses and repeats nothing.
"""

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from stores import bell
from stores.authors import acting
from stores.errors import Conflict, Refusal
from stores.masking import told
from stores.models import Job, JobState, Staff

logger = logging.getLogger(__name__)

RUN_TASK = "stores.run_job"
LEASE = timedelta(seconds=30)
ATTEMPTS = 5
DEATHS = 20  # workers that died one after the other in the same chunk before the job is given up
BREATH = 0.01  # seconds between two chunks in which whoever waits for the row may pause or cancel the job
SAVED = ("cursor", "done", "total", "result", "lease_until", "state", "finished_at", "attempts", "error")

Chunk = Callable[[Job], bool]


class NotYet(Exception):
    """A chunk's time has not come: what it waits for is still under way. The job rests for ``wait``, nothing failed."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"not before {wait} have passed")
        self.wait = wait


@dataclass(frozen=True)
class Pace:
    """How fast a job goes: rows per second since its start, and seconds left at that speed (None when unknown)."""

    is_open: bool
    per_second: int
    seconds_left: int | None


def pace(job: Job) -> Pace:
    """The speed of a job as of now."""
    is_open = job.state in (JobState.WAITING, JobState.RUNNING, JobState.PAUSED)
    seconds = (timezone.now() - job.started_at).total_seconds() if job.started_at else 0
    per_second = int(job.done / seconds) if seconds > 1 else 0
    left = max(0, job.total - job.done) // per_second if per_second else None
    return Pace(is_open, per_second, left)


def plan(
    kind: str,
    *,
    params: Mapping[str, Any],
    title: str = "",
    natural_key: str | None = None,
    queue: str = "bulk",
    due_at: datetime | None = None,
    by: Staff | None = None,
) -> Job:
    """Write down a job in the caller's transaction and ring for a worker after commit.

    With a ``natural_key`` that exists already, that job is returned and nothing is planned.
    """
    fields: dict[str, Any] = {"kind": kind, "params": dict(params), "title": title, "queue": queue, "created_by": by}
    if due_at:
        fields["due_at"] = due_at
    if natural_key is None:
        job, created = Job.objects.create(**fields), True
    else:
        job, created = Job.objects.get_or_create(natural_key=natural_key, defaults=fields)
    if created:
        bell.ring(RUN_TASK, job.pk, queue=queue)
    return job


def run(job_id: int, *, seconds: float = 50.0) -> bool:
    """Claim the job and work on it for about ``seconds``; False when somebody else has it or it is not due.

    When time is up with work left, the bell is rung again so that other jobs of the queue get their turn.
    """
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    if not _claim(job_id, owner):
        return False
    stop_at = time.monotonic() + seconds
    while time.monotonic() < stop_at:
        if not _step(job_id, owner):
            return True
        time.sleep(BREATH)
    _let_go(job_id, owner)
    return True


def run_to_end(job_id: int, *, progress: Callable[[Job], None] | None = None) -> Job:
    """Work on the job in this process until it ends, as a command does. ``progress`` is called after each chunk."""
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    while True:
        job = Job.objects.get(pk=job_id)
        if job.state not in (JobState.WAITING, JobState.RUNNING):
            return job
        if not _claim(job_id, owner):
            time.sleep(0.5)
            continue
        while _step(job_id, owner):
            if progress:
                progress(Job.objects.get(pk=job_id))
            time.sleep(BREATH)


def _claim(job_id: int, owner: str) -> bool:
    """Take the job by conditional update; the database's clock decides about due and lease.

    A job found running without a worker counts a death; a finished chunk forgets them, too many in a row give it up.
    """
    with transaction.atomic():
        free = Q(state=JobState.WAITING) | Q(state=JobState.RUNNING) & (
            Q(lease_until__lt=Now()) | Q(lease_until=None) | Q(claimed_by=owner)
        )
        due = Job.objects.select_for_update(skip_locked=True).filter(free, pk=job_id, due_at__lte=Now())
        job = due.first()
        if job is None:
            return False
        died = job.state == JobState.RUNNING and job.claimed_by != owner
        row = Job.objects.filter(pk=job_id)
        if died and job.attempts + 1 >= DEATHS:
            reason = _("%(deaths)s workers died one after the other in the same part of the work.") % {"deaths": DEATHS}
            row.update(state=JobState.FAILED, finished_at=Now(), lease_until=None, error=str(reason))
            return False
        row.update(
            state=JobState.RUNNING,
            claimed_by=owner,
            lease_until=Now() + LEASE,
            started_at=Coalesce(F("started_at"), Now()),
            attempts=job.attempts + died,
        )
        return True


def _step(job_id: int, owner: str) -> bool:
    """One chunk in one transaction; True when there is more to do and the job is still ours."""
    try:
        with transaction.atomic():
            job = Job.objects.select_for_update().filter(pk=job_id, claimed_by=owner, state=JobState.RUNNING).first()
            if job is None:
                return False
            chunk: Chunk = import_string(settings.JOBS[job.kind])
            with acting(door="job", job=job.pk, by=job.created_by_id):
                finished = chunk(job)
            job.attempts, job.error = 0, ""
            job.lease_until = None if finished else _database_now() + LEASE
            if finished:
                job.state, job.finished_at = JobState.DONE, _database_now()
            job.save(update_fields=SAVED)
            return not finished
    except NotYet as early:
        _rest(job_id, owner, early.wait)
    except Refusal as refusal:
        _fail(job_id, owner, str(refusal), final=True)
    except Exception as error:  # whatever a chunk raises must not stop the worker; it is kept on the job
        logger.exception("job %s failed in a chunk", job_id)
        _fail(job_id, owner, told(error), final=False)
    return False


def _fail(job_id: int, owner: str, error: str, *, final: bool) -> None:
    """Keep the error; try again later with growing pauses, or give up. Whoever ended the job meanwhile is right."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id, claimed_by=owner, state=JobState.RUNNING).first()
        if job is None:
            return
        job.attempts += 1
        job.error = error
        if final or job.attempts >= ATTEMPTS:
            job.state, job.finished_at = JobState.FAILED, _database_now()
        else:
            job.state = JobState.WAITING
            job.due_at = _database_now() + timedelta(seconds=2**job.attempts)
        job.lease_until = None
        job.save(update_fields=[*SAVED, "due_at"])


def _rest(job_id: int, owner: str, wait: timedelta) -> None:
    """Look again later; the sweep rings then."""
    mine = Job.objects.filter(pk=job_id, claimed_by=owner, state=JobState.RUNNING)
    mine.update(state=JobState.WAITING, lease_until=None, due_at=Now() + wait)


def _let_go(job_id: int, owner: str) -> None:
    with transaction.atomic():
        let_go = Job.objects.filter(pk=job_id, claimed_by=owner, state=JobState.RUNNING)
        if let_go.update(state=JobState.WAITING, lease_until=None):
            bell.ring(RUN_TASK, job_id, queue=Job.objects.get(pk=job_id).queue)


def pause(job: Job) -> None:
    """Stop after the present chunk. Raises Conflict when the job has ended."""
    _move(job, (JobState.WAITING, JobState.RUNNING), JobState.PAUSED)


def resume(job: Job) -> None:
    """Go on where a paused or failed job stopped. Raises Conflict otherwise."""
    with transaction.atomic():
        _move(job, (JobState.PAUSED, JobState.FAILED), JobState.WAITING)
        Job.objects.filter(pk=job.pk).update(attempts=0, due_at=Now(), finished_at=None, error="")
        bell.ring(RUN_TASK, job.pk, queue=job.queue)


def cancel(job: Job) -> None:
    """End a job that has not ended; what it did stays. Raises Conflict otherwise."""
    _move(job, (JobState.WAITING, JobState.RUNNING, JobState.PAUSED, JobState.FAILED), JobState.CANCELLED)


def _move(job: Job, allowed: tuple[JobState, ...], to: JobState) -> None:
    if not Job.objects.filter(pk=job.pk, state__in=allowed).update(state=to, lease_until=None):
        raise Conflict(_("The job is not in a state that allows this."), code="job_state")
    job.refresh_from_db()


def sweep() -> int:
    """Ring again for every job that is due and nobody's; returns how many."""
    orphaned = Q(state=JobState.WAITING) | Q(state=JobState.RUNNING, lease_until__lt=Now())
    due = list(Job.objects.filter(orphaned, due_at__lte=Now()).order_by("pk").values_list("pk", "queue")[:500])
    for pk, queue in due:
        bell.ring(RUN_TASK, pk, queue=queue)
    return len(due)


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
