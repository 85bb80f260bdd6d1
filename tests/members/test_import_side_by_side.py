"""An import over two connections: the same members, orders and books as over one; it goes on where each part was."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from members.audit import audit
from members.imports import parts, phases, run, staging
from members.models import Category, ImportPart, Member, Order, Product, TimelineFact
from members.orders.intake import MergeResult, merge_stage
from stores import jobs
from stores.models import Job, JobState
from tests.makers import make_store, make_tiers
from tests.members.order_files import line, text_of

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS, MEMBERS = 120, 40


@pytest.fixture
def _shop(settings, tmp_path, monkeypatch):
    """Two connections and small chunks."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.IMPORT_CONNECTIONS = 2
    monkeypatch.setattr(phases, "ORDERS_PER_CHUNK", 10)
    monkeypatch.setattr(parts, "SECONDS", 0)  # one chunk of each part at a time
    make_tiers()
    make_store("滨河路店", code="S1")


def file_of_many() -> bytes:
    """Orders of forty members, each with three; one order in ten is nobody's, one in seven comes back."""
    rows = []
    for number in range(ORDERS):
        who = "" if number % 10 == 0 else f"card_no:K-{number % MEMBERS}"
        rows.append(line(f"A{number:05}", member=who, sku=f"P{number % 30}"))
        if number % 7 == 0:
            rows.append(line(f"R{number:05}", kind="return", member=who, sku=f"P{number % 30}", quantity="1"))
    return text_of(*rows).encode()


def move_on(order_import: object, phase: str) -> Job:
    """Chunk by chunk until the phase is reached."""
    job = Job.objects.get(pk=order_import.job_id)
    while job.cursor.get("phase", "load") != phase:
        run.import_chunk(job)
        job.save()
    return job


@pytest.mark.usefixtures("_shop")
def test_both_connections_merge_and_nothing_is_lost_or_doubled():
    order_import = run.start(io.BytesIO(file_of_many()), "orders.csv")
    job = move_on(order_import, "merge")
    run.import_chunk(job)
    merged = [sum(part.counts.get(name, 0) for name in parts.COUNTED) for part in ImportPart.objects.all()]
    assert len(merged) == 2
    assert all(merged)  # each of them has moved
    jobs.run_to_end(job.pk)
    done = run.summary(order_import)
    assert (done.state, done.orders_new, done.orders_same, done.rejected) == (JobState.DONE, ORDERS, 0, 0)
    assert (done.returns_new, done.members_new) == (18, MEMBERS - 4)
    assert (Order.objects.count(), Member.objects.count()) == (ORDERS, MEMBERS - 4)
    assert TimelineFact.objects.filter(kind="order.recorded").count() == ORDERS
    assert not ImportPart.objects.exists()
    assert audit() == []


@pytest.mark.usefixtures("_shop")
def test_what_one_connection_left_half_done_another_finishes(settings):
    order_import = run.start(io.BytesIO(file_of_many()), "orders.csv")
    job = move_on(order_import, "merge")
    run.import_chunk(job)  # and the worker dies before it can save the job: the parts know how far they are
    assert 0 < Order.objects.count() < ORDERS
    settings.IMPORT_CONNECTIONS = 1
    jobs.run_to_end(job.pk)
    done = run.summary(order_import)
    assert (done.state, done.orders_new, done.orders_same) == (JobState.DONE, ORDERS, 0)
    assert audit() == []


@pytest.mark.usefixtures("_shop")
def test_a_dry_run_over_two_connections_changes_nothing():
    order_import = run.start(io.BytesIO(file_of_many()), "orders.csv", dry_run=True)
    jobs.run_to_end(order_import.job_id)
    done = run.summary(order_import)
    assert (done.state, done.orders_new, done.members_new) == (JobState.DONE, ORDERS, MEMBERS - 4)
    assert not Order.objects.exists()
    assert not Member.objects.exists()
    assert not Product.objects.exists()


@pytest.mark.usefixtures("_shop")
def test_what_both_parts_sell_for_the_first_time_makes_none_wait_for_the_other():
    job = move_on(run.start(io.BytesIO(file_of_many()), "orders.csv"), "merge")
    first, second = ImportPart.objects.order_by("pk")
    with transaction.atomic():
        merged = merge_part(job, first)  # and is not committed while the other merges
        with ThreadPoolExecutor(1) as pool:
            beside = pool.submit(merge_part_in_a_hurry, job, second).result()
    assert merged.orders_new + beside.orders_new == ORDERS
    assert merged.orders_new > 0 < beside.orders_new


@pytest.mark.usefixtures("_shop")
def test_an_order_with_a_bad_row_brings_no_product_and_no_category():
    rows = [line("A1", sku="PEAR"), line("A2", sku="PLUM"), line("A2", sku="KIWI", quantity="-1")]
    job = move_on(run.start(io.BytesIO(text_of(*rows).encode()), "orders.csv"), "merge")
    assert list(Product.objects.values_list("sku", flat=True)) == ["PEAR"]
    jobs.run_to_end(job.pk)
    assert list(Product.objects.values_list("sku", flat=True)) == ["PEAR"]
    assert not Category.objects.exists()


def merge_part(job: Job, part: ImportPart) -> MergeResult:
    """All orders of a part."""
    return merge_stage(staging.stage_of(job), after=part.after, until=part.until)


def merge_part_in_a_hurry(job: Job, part: ImportPart) -> MergeResult:
    """The same over a connection of its own, which fails where it has to wait."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
            return merge_part(job, part)
    finally:
        connection.close()


@pytest.mark.usefixtures("_shop")
def test_a_part_that_fails_does_not_undo_the_other():
    order_import = run.start(io.BytesIO(file_of_many()), "orders.csv")
    job = move_on(order_import, "merge")
    first, second = ImportPart.objects.order_by("pk")
    after, second.after = second.after, "no key"
    second.save()
    with pytest.raises(ValueError, match="zip"):
        run.import_chunk(job)
    first.refresh_from_db()
    assert first.counts
    ImportPart.objects.filter(pk=second.pk).update(after=after)
    jobs.run_to_end(job.pk)
    assert run.summary(order_import).orders_new == ORDERS
    assert not staging.holds_lines(staging.stage_of(job))
    assert audit() == []
