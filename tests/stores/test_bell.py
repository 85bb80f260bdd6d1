"""News of many transactions in one message: gathered for a moment, sent together, each once."""

import time

import pytest
from django.db import transaction

from stores import bell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def messages(monkeypatch, settings):
    """What was sent; the moment is short."""
    settings.BELL_PAUSE = 0.1
    sent: list[tuple] = []
    monkeypatch.setattr(bell, "_publish", lambda task, ids, queue, delay: sent.append((task, ids, queue)))
    return sent


def all_sent(messages, ids: int) -> bool:
    late = time.monotonic() + 5
    while time.monotonic() < late and sum(len(one[1]) for one in messages) < ids:
        time.sleep(0.01)
    return sum(len(one[1]) for one in messages) == ids


def test_what_rings_in_one_moment_goes_in_one_message(messages):
    for nth in range(5):
        bell.ring_together("members.deliver", nth)
    assert messages == []
    assert all_sent(messages, 5)
    assert messages == [("members.deliver", (0, 1, 2, 3, 4), "interactive")]


def test_other_tasks_and_later_moments_have_messages_of_their_own(messages):
    bell.ring_together("members.deliver", 1)
    bell.ring_together("coupons.leave", 2)
    assert all_sent(messages, 2)
    bell.ring_together("members.deliver", 3)
    assert all_sent(messages, 3)
    assert sorted(one[:2] for one in messages) == [
        ("coupons.leave", (2,)), ("members.deliver", (1,)), ("members.deliver", (3,)),
    ]  # fmt: skip


def test_a_message_holds_a_hundred(messages):
    for nth in range(130):
        bell.ring_together("members.deliver", nth)
    assert all_sent(messages, 130)
    assert [len(one[1]) for one in messages] == [100, 30]


def test_what_is_rolled_back_rings_nobody(messages):
    with transaction.atomic():
        bell.ring_together("members.deliver", 1)
        transaction.set_rollback(True)
    bell.ring_together("members.deliver", 2)
    assert all_sent(messages, 1)
    assert messages[0][1] == (2,)


def test_without_a_pause_each_rings_at_once(messages, settings):
    settings.BELL_PAUSE = 0
    bell.ring_together("members.deliver", 1)
    assert messages == [("members.deliver", (1,), "interactive")]
