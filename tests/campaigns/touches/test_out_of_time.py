"""A slow channel takes as many messages as it has time for; those put back before any call lose nothing by it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.channels.base import Came, Sent
from campaigns.touches.sending import send_due
from tests.campaigns.touches.post import make_reader, notice, state

pytestmark = pytest.mark.django_db


def test_what_was_put_back_untried_comes_again_each_minute_and_is_never_given_up(pigeon, time_machine):
    pigeon.says = lambda one: Sent(one.touch_id, Came.PLANNED, reason="no_time")
    (touch,) = notice(make_reader(), stale_at=timezone.now() + timedelta(days=30))
    for _ in range(9):
        send_due()
        assert state(touch) == ("planned", "no_time")
        assert touch.due_at - timezone.now() == timedelta(minutes=1)
        time_machine.move_to(touch.due_at, tick=False)
    pigeon.says = lambda one: Sent(one.touch_id, Came.ACCEPTED)
    send_due()
    assert state(touch) == ("accepted", "")


def test_what_was_tried_in_vain_for_a_day_is_given_up(pigeon, time_machine):
    """The control."""
    pigeon.says = lambda one: Sent(one.touch_id, Came.PLANNED, reason="busy")
    (touch,) = notice(make_reader(), stale_at=timezone.now() + timedelta(days=30))
    begun = timezone.now()
    while send_due():
        touch.refresh_from_db()
        time_machine.move_to(max(touch.due_at, timezone.now()), tick=False)
    assert state(touch) == ("rejected", "gave_up")
    assert timezone.now() - begun == timedelta(hours=24)
