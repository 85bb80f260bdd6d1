"""Workers that die, take too long or come in pairs: every delivery still happens once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from members import delivery, timeline
from members.models import Delivery, DeliveryState
from tests.members import reactions_of_tests as reactions
from tests.members.news import heard, later, rung, table, tell

__all__ = ["rung", "table"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rung")]


def start(*batches: int) -> threading.Thread:
    """A worker of its own that delivers these batches."""

    def work() -> None:
        for batch in batches:
            delivery.deliver(batch)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def is_locked() -> bool:
    """Whether somebody holds the only delivery."""
    with transaction.atomic():
        return not Delivery.objects.select_for_update(skip_locked=True).exists()


def wait_until(condition) -> None:
    """Look again for up to ten seconds."""
    for _nth in range(500):
        if condition():
            return
        threading.Event().wait(0.02)
    raise AssertionError("it did not happen within ten seconds")


def test_a_worker_killed_between_claim_and_work_is_made_up_for(table):
    table("write_down")
    batch = tell()
    assert delivery._claim(batch) is not None
    assert delivery.deliver(batch) == 0, "the lease holds"
    assert delivery.sweep() == 0
    later()
    assert delivery.sweep() == 1
    assert delivery.deliver(batch) == 1
    assert list(heard().values()) == [1]


def test_a_worker_that_outlives_its_lease_is_not_overtaken(table, monkeypatch):
    table("wait_for_the_gate")
    monkeypatch.setattr(delivery, "LEASE", timedelta(0))
    batch = tell()
    reactions.gate.clear()
    slow = start(batch)
    try:
        wait_until(lambda: Delivery.objects.get().attempts == 1)
        wait_until(is_locked)
        assert delivery.sweep() == 1
        assert delivery.deliver(batch) == 0
    finally:
        reactions.gate.set()
        slow.join(20)
    later()
    assert delivery.deliver(batch) == 0
    assert list(heard().values()) == [1]


def test_a_row_that_another_worker_looked_at_in_passing_is_delivered_all_the_same(table, monkeypatch):
    table("write_down")
    batch, held, claim = tell(), threading.Event(), delivery._claim

    def passes_by() -> None:
        """Whoever looks for work locks a row that was claimed in this moment, before seeing so."""
        with transaction.atomic():
            list(Delivery.objects.select_for_update())
            held.set()
            threading.Event().wait(0.5)
        connection.close()

    def claimed_and_looked_at(which: int) -> Delivery | None:
        found = claim(which)
        if found:
            threading.Thread(target=passes_by).start()
            held.wait(20)
        return found

    monkeypatch.setattr(delivery, "_claim", claimed_and_looked_at)
    assert delivery.deliver(batch) == 1
    assert list(heard().values()) == [1]


def test_two_workers_at_a_time_deliver_everything_once(table):
    table("write_down", "write_down_too", "choke_on_poison")
    batches = [tell(5) for _nth in range(15)]
    threads = [start(*batches) for _nth in range(2)]
    for thread in threads:
        thread.join()
    counts = heard()
    assert (len(counts), set(counts.values())) == (75, {3})
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.DONE}


def test_control_two_workers_that_only_look_deliver_twice(table):
    table("write_down")
    batch = tell()
    barrier = threading.Barrier(2)

    def look_then_work() -> None:
        waiting = list(Delivery.objects.filter(batch=batch, state=DeliveryState.WAITING))
        barrier.wait(10)
        for row in waiting:
            with transaction.atomic():
                reactions.write_down(timeline.facts_of(row))
                Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.DONE)
        connection.close()

    threads = [threading.Thread(target=look_then_work) for _nth in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert list(heard().values()) == [2]
