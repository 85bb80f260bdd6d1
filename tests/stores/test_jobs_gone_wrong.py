"""Jobs that fail while somebody ends them, and jobs that take their workers along."""

import threading

import pytest
from django.db import connection

from stores import bell, jobs
from stores.models import JobState
from tests.stores import chunks_of_tests as chunks
from tests.stores.test_jobs import HERE, fresh, in_background, later, planned, steps_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _table(settings, monkeypatch):
    settings.JOBS = {name: HERE + name for name in ("fail_inside", "die_at")}
    monkeypatch.setattr(bell, "_publish", lambda task, ids, queue, delay: None)
    chunks.gate.clear()
    chunks.inside.clear()


@pytest.mark.parametrize(("verb", "state"), [(jobs.cancel, JobState.CANCELLED), (jobs.pause, JobState.PAUSED)])
def test_a_job_ended_by_somebody_while_its_chunk_fails_stays_ended(verb, state):
    job = planned("fail_inside")
    worker = in_background(job)
    assert chunks.inside.wait(20)

    def end() -> None:
        verb(fresh(job))
        connection.close()

    person = threading.Thread(target=end)
    person.start()
    person.join(0.5)  # waits for the row, which the chunk holds
    assert person.is_alive()
    chunks.gate.set()
    for thread in (person, worker):
        thread.join(20)
    assert fresh(job).state == state


def killed_by(job) -> None:
    """One more worker takes the job and dies of it."""
    with pytest.raises(chunks.Killed):
        jobs.run(job.pk)
    later(job)


def test_a_job_that_kills_every_worker_is_given_up_with_the_reason():
    job = planned("die_at", at=2, times=1000)
    for _death in range(jobs.DEATHS):
        killed_by(job)
    assert not jobs.run(job.pk)
    assert (fresh(job).state, steps_of(job)) == (JobState.FAILED, [0])
    assert str(jobs.DEATHS) in fresh(job).error


def test_a_job_whose_workers_die_a_few_times_is_finished():
    job = planned("die_at", at=2, times=jobs.DEATHS - 1)
    for _death in range(jobs.DEATHS - 1):
        killed_by(job)
    assert jobs.run(job.pk)
    assert (fresh(job).state, fresh(job).attempts, steps_of(job)) == (JobState.DONE, 0, [0, 1, 2, 3, 4])
