"""What imports leave behind goes by night: files with whole numbers in them, rows that were turned away."""

import os
import time
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from members import housekeeping
from members.imports import filing, run
from members.models import OrderImport, RejectedRow
from stores import jobs
from stores.models import Job, JobState
from tests.makers import make_store, make_tiers
from tests.members.order_files import imported, line, text_of

pytestmark = pytest.mark.django_db
WEEK = 7 * 24 * 3600


@pytest.fixture(autouse=True)
def _shop(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    make_tiers()
    make_store(code="S1")


def files() -> list[Path]:
    """The files of imports that lie about."""
    return sorted((Path(settings.MEDIA_ROOT) / filing.FOLDER).glob("*"))


def older(path: Path, seconds: int) -> None:
    """The file has been there for that long."""
    os.utime(path, (time.time() - seconds, time.time() - seconds))


def test_a_finished_import_leaves_no_file(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        imported(text_of(line("A1")))
    assert files() == []


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.PAUSED, JobState.FAILED])
def test_a_file_that_nobody_came_back_for_goes_after_a_week(state):
    job = run.start(BytesIO(text_of(line("A1")).encode()), "orders.csv").job
    Job.objects.filter(pk=job.pk).update(state=state)
    (path,) = files()
    older(path, WEEK - 3600)
    filing.sweep()
    assert files() == [path]
    older(path, WEEK + 60)
    assert filing.sweep() == 1
    assert files() == []


def test_an_import_that_runs_keeps_its_file_and_one_without_says_so():
    job = run.start(BytesIO(text_of(line("A1")).encode()), "orders.csv").job
    (path,) = files()
    older(path, WEEK + 60)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
    assert filing.sweep() == 0
    Job.objects.filter(pk=job.pk).update(state=JobState.PAUSED)
    assert filing.sweep() == 1
    Job.objects.filter(pk=job.pk).update(state=JobState.WAITING)
    done = jobs.run_to_end(job.pk)
    assert (done.state, bool(done.error)) == (JobState.FAILED, True)


def test_the_file_of_a_cancelled_import_goes_the_next_night():
    job = run.start(BytesIO(text_of(line("A1")).encode()), "orders.csv").job
    jobs.cancel(job)
    assert len(files()) == 1
    assert housekeeping.tidy_chunk(Job(kind="members.tidy"))
    assert files() == []


def test_rows_turned_away_are_kept_for_a_while():
    imported(text_of(line("A1", quantity="0")))
    assert housekeeping.tidy_chunk(Job(kind="members.tidy"))
    assert RejectedRow.objects.count() == 1
    OrderImport.objects.update(created_at=timezone.now() - timedelta(days=91))
    assert housekeeping.tidy_chunk(Job(kind="members.tidy"))
    assert RejectedRow.objects.count() == 0
