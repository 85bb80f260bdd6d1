"""News reaches its reactions: once each, in spite of failures, lost bells, poison and two workers at a time."""

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from members import delivery, timeline
from members.models import Delivery, DeliveryState, TimelineFact
from members.timeline import NewFact
from tests.members import reactions_of_tests as reactions
from tests.members.news import heard, later, rung, table, tell, work_through

__all__ = ["rung", "table"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("rung")]


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
