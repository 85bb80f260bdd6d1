"""An import that was interrupted goes on where it was: a paused job, a stage emptied by a crash, a killed process."""

import io
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db.models import Count
from django.db.models.functions import Now

from members.audit import audit
from members.imports import filing, phases, run, staging
from members.models import Order, OrderImport, OrderLine, StagedLine, TimelineFact
from stores import jobs
from stores.errors import Refusal
from stores.models import Job, JobState
from tests.live import environment
from tests.makers import make_store, make_tiers
from tests.members.order_files import imported, line, text_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def _shop(settings, tmp_path, monkeypatch):
    """Small chunks, so that a small file has many of them."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(phases, "ORDERS_PER_CHUNK", 10)
    monkeypatch.setattr(staging, "CHUNK_BYTES", 2000)
    make_tiers()
    make_store("滨河路店", code="S1")


def big_file(orders: int = 60) -> bytes:
    """Orders of twenty members with two lines each, some returned."""
    rows = []
    for number in range(orders):
        who = f"card_no:K-{number % 20}"
        rows += [line(f"A{number:05}", member=who), line(f"A{number:05}", member=who, sku="PEAR", quantity="1")]
        if number % 7 == 0:
            rows.append(line(f"R{number:05}", kind="return", member=who, quantity="1"))
    return text_of(*rows).encode()


def chunk(order_import: OrderImport) -> Job:
    """One more chunk."""
    job = Job.objects.get(pk=order_import.job_id)
    if run.import_chunk(job):
        job.state = JobState.DONE
    job.save()
    return job


@pytest.mark.django_db
@pytest.mark.usefixtures("_shop")
def test_chunks_are_small_steps_each_with_its_cursor():
    order_import = run.start(io.BytesIO(big_file()), "orders.csv")
    seen = []
    while (job := chunk(order_import)).state != JobState.DONE:
        seen.append((job.cursor["phase"], job.percent, Order.objects.count()))
    orders = [count for _phase, _percent, count in seen]
    assert len(seen) > 8
    assert orders == sorted(orders)
    assert {count for phase, _percent, count in seen if phase == "load"} == {0}
    assert [percent for _phase, percent, _count in seen] == sorted(percent for _phase, percent, _count in seen)
    assert Order.objects.count() == 60
    assert audit() == []


@pytest.mark.django_db
@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize("chunks", [1, 4, 7, 9])
def test_a_stage_emptied_by_a_crash_is_loaded_again(chunks):
    order_import = run.start(io.BytesIO(big_file()), "orders.csv")
    for _nth in range(chunks):
        chunk(order_import)
    StagedLine.objects.all().delete()
    jobs.run_to_end(order_import.job_id)
    assert run.summary(order_import).state == JobState.DONE
    assert run.summary(order_import).lines == 129
    assert Order.objects.count() == 60
    assert audit() == []


@pytest.mark.django_db
@pytest.mark.usefixtures("_shop")
def test_a_paused_import_goes_on_when_the_file_is_sent_again():
    order_import = run.start(io.BytesIO(big_file()), "orders.csv")
    for _nth in range(7):
        job = chunk(order_import)
    before = Order.objects.count()
    assert 0 < before < 60
    jobs.pause(job)
    again, done = imported(big_file())
    assert again == order_import
    assert (done.state, done.orders_new, done.orders_same) == (JobState.DONE, 60, 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("_shop")
def test_a_cancelled_import_begins_anew_when_the_file_is_sent_again():
    order_import = run.start(io.BytesIO(big_file()), "orders.csv")
    for _nth in range(7):
        job = chunk(order_import)
    before = Order.objects.count()
    jobs.cancel(job)
    again, done = imported(big_file())
    assert again != order_import
    assert (done.orders_new, done.orders_same) == (60 - before, before)


@pytest.mark.django_db
@pytest.mark.usefixtures("_shop")
def test_an_import_whose_file_is_gone_says_so_and_takes_it_when_it_comes_again():
    order_import = run.start(io.BytesIO(big_file()), "orders.csv")
    filing.path_of(order_import.job).unlink()
    with pytest.raises(Refusal):
        chunk(order_import)
    again, done = imported(big_file())
    assert again == order_import
    assert (done.state, done.orders_new) == (JobState.DONE, 60)


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_command_killed_at_random_moments_and_started_again_completes(tmp_path):
    seed = int(os.environ.get("CHANGKE_SEED", "20261122"))
    dice = random.Random(seed)
    make_tiers()
    make_store("滨河路店", code="S1")
    path = tmp_path / "orders.csv"
    path.write_bytes(big_file(12_000))
    command = [sys.executable, "manage.py", "import_orders", str(path)]
    in_flight = []
    for _kill in range(4):
        with subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), stderr=subprocess.DEVNULL) as process:
            wait_for_the_job(process)
            time.sleep(dice.uniform(0.05, 1.2))
            process.send_signal(signal.SIGKILL)
        job = Job.objects.get()
        in_flight.append((job.state, job.cursor.get("phase", "load"), job.done))
        # the lease of a killed process ends by itself after half a minute; the test does not wait for that
        Job.objects.filter(state=JobState.RUNNING).update(lease_until=Now())
    subprocess.run(command, cwd=ROOT, env=environment(tmp_path), check=True, capture_output=True)
    assert Job.objects.get().state == JobState.DONE
    assert any(state == JobState.RUNNING for state, _phase, _done in in_flight), (seed, in_flight)
    told = TimelineFact.objects.filter(kind="order.recorded").aggregate(
        facts=Count("pk"), orders=Count("subject", distinct=True)
    )
    assert told == {"facts": 12_000, "orders": 12_000}
    assert (Order.objects.count(), OrderLine.objects.count()) == (12_000, 24_000)
    assert not StagedLine.objects.exists()
    assert audit() == []


def wait_for_the_job(process: subprocess.Popen) -> None:
    """Until the command works on its job, or has ended."""
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        if Job.objects.filter(state=JobState.RUNNING, lease_until__gt=Now()).exists():
            return
        time.sleep(0.02)
