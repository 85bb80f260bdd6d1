"""News reaches its reactions: once each, in spite of failures, lost bells, poison and two workers at a time."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.db.transaction import TransactionManagementError

from members import delivery, timeline
from members.models import Delivery, DeliveryState, TimelineFact
from members.timeline import NewFact
from stores import bell
from tests.members import reactions_of_tests as reactions

HERE = "tests.members.reactions_of_tests."
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table(settings):
    """Set the reactions of the kind test.news."""

    def set_to(*names: str) -> None:
        settings.REACTIONS = {"test.news": tuple(HERE + name for name in names)}

    return set_to


@pytest.fixture(autouse=True)
def rung(monkeypatch) -> list[tuple]:
    """The bells that were rung; nobody hears them, as when the broker is wiped."""
    bells: list[tuple] = []
    monkeypatch.setattr(bell, "_publish", lambda task, ids, queue, delay: bells.append((task, ids, delay)))
    return bells


def tell(count: int = 1, **data) -> int:
    """Record that many facts in one transaction; returns their batch."""
    with transaction.atomic():
        timeline.record(*(NewFact("test.news", data=data) for _nth in range(count)))
    return TimelineFact.objects.filter(kind="test.news").order_by("-pk").first().batch


def heard() -> Counter:
    """How often each fact was heard."""
    return Counter(TimelineFact.objects.filter(kind=reactions.HEARD).values_list("subject", flat=True))


def later() -> None:
    """Time passes: every pause and lease is over."""
    Delivery.objects.filter(state=DeliveryState.WAITING).update(due_at=Now() - timedelta(seconds=1))


def work_through(batch: int, *, rounds: int = 12) -> None:
    """Deliver, wait, deliver, as bells and sweeps would."""
    for _nth in range(rounds):
        delivery.deliver(batch)
        later()


def test_facts_of_one_transaction_are_one_batch_and_each_reaction_hears_it_once(table, rung):
    table("write_down", "write_down_too")
    with transaction.atomic():
        timeline.record(NewFact("test.news"), NewFact("test.news"))
        timeline.record(NewFact("test.news"), NewFact("test.quiet"))
        timeline.record_rows(
            "test.news", "SELECT NULL::bigint member_id, 7::bigint subject, now() at, '{}'::jsonb data"
        )
    (batch,) = set(TimelineFact.objects.values_list("batch", flat=True))
    assert Delivery.objects.count() == 2
    assert rung == [("members.deliver", (batch,), 0)]
    assert delivery.deliver(batch) == 2
    assert delivery.deliver(batch) == 0
    assert sorted(heard().values()) == [2, 2, 2, 2]
    by = TimelineFact.objects.filter(kind=reactions.HEARD).order_by("pk").values_list("data__by", flat=True)
    assert list(by) == ["write_down"] * 4 + ["write_down_too"] * 4


def test_another_transaction_is_another_batch(table):
    table("write_down")
    assert tell() != tell()


def test_what_is_rolled_back_leaves_neither_fact_nor_delivery_nor_bell(table, rung):
    table("write_down")
    with transaction.atomic():
        timeline.record(NewFact("test.news"))
        transaction.set_rollback(True)
    assert (TimelineFact.objects.count(), Delivery.objects.count(), rung) == (0, 0, [])


def test_facts_need_the_transaction_of_what_they_tell(table):
    table("write_down")
    for record in (
        lambda: timeline.record(NewFact("test.news")),
        lambda: timeline.record_rows("test.news", "SELECT 1"),
    ):
        with pytest.raises(TransactionManagementError):
            record()
    assert not TimelineFact.objects.exists()


def test_a_failing_reaction_leaves_nothing_behind_does_not_stop_the_next_and_is_tried_again(table, rung):
    table("choke_on_poison", "write_down_too")
    batch = tell(poison=True)
    assert delivery.deliver(batch) == 1
    failed = Delivery.objects.get(reaction__endswith="choke_on_poison")
    assert (failed.state, failed.attempts, failed.error) == (DeliveryState.WAITING, 1, "ValueError: poison")
    assert list(heard().values()) == [1]
    assert rung[-1] == ("members.deliver", (batch,), 2)
    assert delivery.deliver(batch) == 0, "not before the pause is over"
    TimelineFact.objects.filter(kind="test.news").update(data={})
    later()
    assert delivery.deliver(batch) == 1
    assert list(heard().values()) == [2]


def test_one_poison_fact_among_a_thousand_is_set_aside_and_the_rest_is_heard_once(table):
    table("choke_on_poison")
    batch = tell(1000)
    poison = TimelineFact.objects.filter(kind="test.news").order_by("pk")[617]
    TimelineFact.objects.filter(pk=poison.pk).update(data={"poison": True})
    work_through(batch)
    counts = heard()
    assert (len(counts), set(counts.values()), poison.pk in counts) == (999, {1}, False)
    aside = Delivery.objects.get(state=DeliveryState.QUARANTINED)
    assert (aside.first_fact, aside.last_fact, aside.error) == (poison.pk, poison.pk, "ValueError: poison")
    assert not Delivery.objects.filter(state=DeliveryState.WAITING).exists()
    TimelineFact.objects.filter(pk=poison.pk).update(data={})
    delivery.retry(aside)
    work_through(batch, rounds=1)
    assert heard()[poison.pk] == 1
    delivery.retry(aside)
    work_through(batch, rounds=1)
    assert heard()[poison.pk] == 1


def test_a_reaction_that_never_succeeds_ends_set_aside(table):
    table("fail")
    batch = tell()
    work_through(batch)
    aside = Delivery.objects.get()
    assert (aside.state, aside.attempts) == (DeliveryState.QUARANTINED, delivery.TRIES)


def test_a_reaction_that_is_gone_is_a_failure_like_any_other(table):
    table("was_removed")
    batch = tell()
    work_through(batch)
    assert Delivery.objects.get().state == DeliveryState.QUARANTINED


def test_a_loop_of_reactions_stops_loudly_after_eight_rounds(table):
    table("echo")
    tell()
    for _nth in range(20):
        for batch in Delivery.objects.filter(state=DeliveryState.WAITING).values_list("batch", flat=True):
            delivery.deliver(batch)
    facts = TimelineFact.objects.filter(kind="test.news").order_by("pk")
    assert [fact.depth for fact in facts] == list(range(9))
    assert [fact.cause for fact in facts][1:] == [fact.pk for fact in facts][:-1]
    aside = Delivery.objects.get(state=DeliveryState.QUARANTINED)
    assert aside.error.startswith("TooDeep")


def test_the_sweep_rings_again_for_what_was_lost(table, rung):
    table("write_down")
    batches = [tell(), tell()]
    rung.clear()
    assert delivery.sweep() == 2
    assert [ids for _task, ids, _delay in rung] == [(batch,) for batch in batches]
    for batch in batches:
        delivery.deliver(batch)
    assert delivery.sweep() == 0


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


def test_two_workers_at_a_time_deliver_everything_once(table):
    table("write_down", "write_down_too", "choke_on_poison")
    batches = [tell(5) for _nth in range(15)]
    threads = [start(*batches) for _nth in range(2)]
    for thread in threads:
        thread.join(60)
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
