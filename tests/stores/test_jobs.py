"""Jobs: whatever dies, nothing is lost and nothing is done twice; people may pause, resume and cancel them."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from stores import bell, jobs
from stores.errors import Conflict
from stores.models import Job, JobState, Setting
from tests.concurrency.crowd import wait_until_somebody_waits_for_a_lock
from tests.stores import chunks_of_tests as chunks

pytestmark = pytest.mark.django_db(transaction=True)

HERE = "tests.stores.chunks_of_tests."


@pytest.fixture(autouse=True)
def _table(settings):
    settings.JOBS = {name: HERE + name for name in ("count_up", "break_at", "refuse", "wait_inside")}
    chunks.gate.clear()
    chunks.inside.clear()


@pytest.fixture(autouse=True)
def rung(monkeypatch) -> list[tuple]:
    """The bells that were rung; nobody hears them."""
    bells: list[tuple] = []
    monkeypatch.setattr(bell, "_publish", lambda task, ids, queue, delay: bells.append((ids, queue)))
    return bells


def planned(kind: str = "count_up", **params) -> Job:
    """A job of five steps, unless said otherwise."""
    return jobs.plan(kind, params={"steps": 5, **params})


def steps_of(job: Job) -> list[int]:
    """Which steps left their row behind."""
    return sorted(Setting.objects.filter(name__startswith=f"test.step.{job.pk}.").values_list("value", flat=True))


def fresh(job: Job) -> Job:
    """The row as it is now."""
    return Job.objects.get(pk=job.pk)


def later(job: Job) -> None:
    """Time passes: pauses and leases are over."""
    past = Now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(due_at=past)
    Job.objects.filter(pk=job.pk, lease_until__isnull=False).update(lease_until=past)


def in_background(job: Job) -> threading.Thread:
    """A worker of its own."""

    def work() -> None:
        jobs.run(job.pk)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_job_is_worked_off_step_by_step(rung):
    job = planned()
    assert rung == [((job.pk,), "bulk")]
    assert jobs.run(job.pk)
    done = fresh(job)
    assert (done.state, done.percent, done.cursor, steps_of(job)) == (JobState.DONE, 100, {"step": 5}, [0, 1, 2, 3, 4])
    assert (done.lease_until, done.finished_at is None) == (None, False)
    assert not jobs.run(job.pk), "done is done"


def test_a_natural_key_plans_once(rung):
    first = jobs.plan("count_up", params={"steps": 1}, natural_key="night:1")
    assert jobs.plan("count_up", params={"steps": 9}, natural_key="night:1").pk == first.pk
    assert len(rung) == 1


def test_a_plan_that_is_rolled_back_never_was(rung):
    with transaction.atomic():
        planned()
        transaction.set_rollback(True)
    assert (Job.objects.count(), rung) == (0, [])


def test_when_time_is_up_the_rest_waits_for_the_next_turn(rung):
    job = planned()
    jobs.run(job.pk, seconds=0)
    assert (fresh(job).state, steps_of(job)) == (JobState.WAITING, [])
    assert len(rung) == 2
    jobs.run(job.pk)
    assert steps_of(job) == [0, 1, 2, 3, 4]


def test_a_killed_worker_loses_and_repeats_nothing(rung):
    job = planned()
    assert jobs._claim(job.pk, "worker that dies")
    assert jobs._step(job.pk, "worker that dies")
    assert jobs._step(job.pk, "worker that dies")
    assert not jobs.run(job.pk), "its lease still holds"
    assert jobs.sweep() == 0
    later(job)
    assert jobs.sweep() == 1
    assert jobs.run(job.pk)
    assert steps_of(job) == [0, 1, 2, 3, 4]
    assert not jobs._step(job.pk, "worker that dies"), "should it come back from the dead"


def test_a_worker_in_the_middle_of_a_long_step_is_not_overtaken():
    job = planned("wait_inside", steps=1)
    slow = in_background(job)
    assert chunks.inside.wait(10)
    assert not jobs.run(job.pk)
    chunks.gate.set()
    slow.join(20)
    assert (fresh(job).state, steps_of(job)) == (JobState.DONE, [0])


def test_two_workers_at_a_time_do_each_step_once():
    job = planned(steps=30)
    workers = [in_background(job) for _nth in range(2)]
    for worker in workers:
        worker.join(60)
    assert steps_of(job) == list(range(30))


def test_control_workers_that_only_look_do_a_step_twice():
    job = planned(steps=1)
    barrier = threading.Barrier(2)

    def look_then_work(name: str) -> None:
        found = Job.objects.get(pk=job.pk)
        barrier.wait(10)
        if found.state == JobState.WAITING:
            Setting.objects.create(name=f"test.done.{name}", value=1)
            Job.objects.filter(pk=job.pk).update(state=JobState.DONE)
        connection.close()

    threads = [threading.Thread(target=look_then_work, args=(name,)) for name in ("one", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert Setting.objects.filter(name__startswith="test.done.").count() == 2


def test_a_step_that_fails_leaves_nothing_and_is_tried_again_after_a_pause():
    job = planned("break_at", at=3, times=2)
    jobs.run(job.pk)
    failed = fresh(job)
    assert (failed.state, failed.attempts, failed.error) == (JobState.WAITING, 1, "ValueError: broken")
    assert steps_of(job) == [0, 1]
    assert not jobs.run(job.pk), "not before the pause is over"
    for _nth in range(2):
        later(job)
        jobs.run(job.pk)
    assert (fresh(job).state, fresh(job).error, steps_of(job)) == (JobState.DONE, "", [0, 1, 2, 3, 4])


def test_a_job_that_fails_again_and_again_gives_up_and_can_be_resumed():
    job = planned("break_at", at=2, times=99)
    for _nth in range(jobs.ATTEMPTS + 2):
        jobs.run(job.pk)
        later(job)
    gone = fresh(job)
    assert (gone.state, gone.attempts, steps_of(job)) == (JobState.FAILED, jobs.ATTEMPTS, [0])
    assert jobs.sweep() == 0
    Job.objects.filter(pk=job.pk).update(params={"steps": 5, "at": 2, "times": 0})
    jobs.resume(gone)
    jobs.run(job.pk)
    assert (fresh(job).state, steps_of(job)) == (JobState.DONE, [0, 1, 2, 3, 4])


def test_a_refusal_ends_the_job_with_its_sentence_and_leaves_nothing():
    job = planned("refuse")
    jobs.run(job.pk)
    assert (fresh(job).state, fresh(job).error) == (JobState.FAILED, "There is nothing to import.")
    assert not Setting.objects.filter(name="test.refused").exists()


def test_a_paused_job_stops_after_its_step_and_goes_on_where_it_was():
    job = planned("wait_inside", steps=200)
    worker = in_background(job)
    assert chunks.inside.wait(10)
    pauser = threading.Thread(target=pause_in_background, args=(job,))
    pauser.start()
    wait_until_somebody_waits_for_a_lock()
    chunks.gate.set()
    worker.join(20)
    pauser.join(20)
    done = len(steps_of(job))
    assert (fresh(job).state, 0 < done < 200) == (JobState.PAUSED, True)
    assert not jobs.run(job.pk)
    jobs.resume(fresh(job))
    jobs.run(job.pk)
    assert (fresh(job).state, steps_of(job)) == (JobState.DONE, list(range(200)))


def pause_in_background(job: Job) -> None:
    """What HQ's click does while a worker holds the job."""
    try:
        jobs.pause(fresh(job))
    finally:
        connection.close()


def test_moves_that_a_state_does_not_allow_are_refused():
    job = planned()
    with pytest.raises(Conflict):
        jobs.resume(job)
    jobs.pause(job)
    assert not jobs.run(job.pk)
    jobs.cancel(job)
    for verb in (jobs.pause, jobs.resume, jobs.cancel):
        with pytest.raises(Conflict) as refused:
            verb(job)
        assert refused.value.code == "job_state"
    assert (fresh(job).state, steps_of(job)) == (JobState.CANCELLED, [])


def test_a_command_works_a_job_to_its_end_and_shows_progress():
    shown = []
    job = jobs.run_to_end(planned().pk, progress=lambda job: shown.append(job.percent))
    assert (job.state, shown) == (JobState.DONE, [20, 40, 60, 80])
