"""What changes after the fact: an order is revised, a member with a task put off loses their guide."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns import guidetasks
from campaigns.models import Attribution, Outcome, TaskState
from members import assignments
from members.orders.drafts import LineDraft
from members.orders.intake import record_order
from tests.campaigns.scenery import deliver_again, deliver_all, last_batch, new_batch
from tests.makers import days_ago, make_draft, make_guide, make_member, make_task, make_touch

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin():
    """Lin Xiaoman, a guide."""
    return make_guide()


@pytest.fixture
def zihan(lin):
    """Zhou Zihan, one of her members."""
    return make_member("周子涵", guide=lin)


def sent(draft, **changed):
    """The order as the till sends it now, and all that follows from it."""
    new_batch()
    fresh = replace(draft, **changed)
    record_order(fresh)
    deliver_all()
    return fresh


def owed() -> list[tuple[str, Decimal]]:
    """What is attributed: to whom, how much."""
    return list(Attribution.objects.values_list("guide__name", "amount"))


def test_a_revised_order_is_owed_with_its_new_amount_and_no_more_when_it_was_before_the_touch(lin, zihan):
    make_touch(zihan, at=days_ago(3))
    draft = sent(make_draft("60.00", store=lin.store, member=zihan, paid_at=days_ago(1)))
    assert owed() == [("林小满", Decimal("60.00"))]
    draft = sent(draft, revision=1, lines=[LineDraft("F001", Decimal(1), Decimal("40.00"))])
    assert owed() == [("林小满", Decimal("40.00"))]
    deliver_again(last_batch())
    assert owed() == [("林小满", Decimal("40.00"))]
    sent(draft, revision=2, paid_at=days_ago(5))
    assert owed() == []


def test_an_order_that_only_a_revision_gives_a_member_counts_for_the_guide_and_closes_the_task(lin, zihan):
    make_touch(zihan, at=days_ago(3))
    task = make_task(zihan, created_at=days_ago(2))
    draft = sent(make_draft("60.00", store=lin.store, paid_at=days_ago(1)))
    task.refresh_from_db()
    assert (owed(), task.state) == ([], TaskState.OPEN)
    sent(draft, revision=1, member_id=zihan.pk)
    task.refresh_from_db()
    assert owed() == [("林小满", Decimal("60.00"))]
    assert (task.state, task.outcome) == (TaskState.DONE, Outcome.BOUGHT)


@pytest.mark.parametrize(("successor", "state"), [("何俊", TaskState.OPEN), (None, TaskState.LAPSED)])
def test_a_task_put_off_stays_put_off_with_a_new_guide_and_ends_without_one(lin, zihan, successor, state):
    task = make_task(zihan, due_on=timezone.localdate() + timedelta(days=2))
    later = timezone.now() + timedelta(hours=1)
    guidetasks.snooze(task, later, by=lin)
    new_batch()
    assignments.reassign([zihan.pk], make_guide(successor) if successor else None, reason="离职", by=None)
    deliver_all()
    task.refresh_from_db()
    assert task.state == state
    assert task.snoozed_until == (later if successor else None)
    assert (task.closed_at is None) == bool(successor)
