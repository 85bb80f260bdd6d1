"""A provider that is away: messages are tried again at growing distances, for as long as that makes sense."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.channels.base import Came, Sent
from campaigns.models import Touch
from campaigns.touches.sending import send_due
from stores import policy
from tests.campaigns.touches.post import make_message, make_reader, notice, state

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def away(pigeon):
    """A provider that cannot be reached until ``back`` (of its own clock) has come."""
    pigeon.back = timezone.now() + timedelta(hours=1)

    def says(one):
        if timezone.now() < pigeon.back:
            return Sent(one.touch_id, Came.PLANNED, reason="not_reached")
        return Sent(one.touch_id, Came.ACCEPTED)

    pigeon.says = says
    return pigeon


def live_through(until, time_machine) -> None:
    """Send what is due whenever something is, until then."""
    while timezone.now() < until:
        send_due()
        dues = Touch.objects.filter(state="planned").order_by("due_at").values_list("due_at", flat=True)
        following = dues.first()
        time_machine.move_to(min(until, max(following, timezone.now() + MINUTE) if following else until), tick=False)
    send_due()


def test_an_hour_without_the_provider_loses_nothing(away, time_machine):
    touches = notice(*[make_reader(f"沈{nth}") for nth in range(5)])
    live_through(away.back + timedelta(minutes=31), time_machine)
    assert {state(one) for one in touches} == {("accepted", "")}
    assert len({one.key for one in away.got}) == 5


@pytest.fixture
def an_hour():
    """Messages are tried again for an hour only."""
    policy.change("touches.horizon_hours", 1, by=None)
    policy.forget()
    yield
    policy.forget()


@pytest.mark.usefixtures("an_hour")
def test_with_as_short_a_horizon_as_can_be_a_longer_absence_does(away, time_machine):
    """The control."""
    away.back = timezone.now() + timedelta(hours=2)
    (touch,) = notice(make_reader())
    live_through(away.back + timedelta(minutes=31), time_machine)
    assert state(touch) == ("rejected", "gave_up")


def test_the_distances_grow_to_half_an_hour_and_it_comes_back_under_the_same_key(away, time_machine):
    away.back = timezone.now() + timedelta(days=2)
    (touch,) = notice(make_reader(), stale_at=timezone.now() + timedelta(days=30))
    begun, waits = timezone.now(), []
    for _ in range(8):
        send_due()
        assert state(touch) == ("planned", "not_reached")
        assert touch.tried_since == begun
        assert send_due() == 0  # not before its time
        waits.append(int((touch.due_at - timezone.now()) / MINUTE))
        time_machine.move_to(touch.due_at, tick=False)
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]
    assert len({one.key for one in away.got}) == 1


def test_near_the_end_of_its_sense_it_is_tried_more_often_and_then_dropped(away, time_machine):
    end = timezone.now() + timedelta(minutes=50)
    away.back = end - timedelta(minutes=3)
    caught, late = notice(make_reader(), stale_at=end), notice(make_reader("何俊"), stale_at=away.back)
    live_through(end + MINUTE, time_machine)
    assert state(caught[0]) == ("accepted", "")
    assert state(late[0]) == ("suppressed", "stale")


def test_what_nobody_tried_does_not_wear_out_the_horizon(pigeon, time_machine):
    pigeon.says = lambda one: Sent(one.touch_id, Came.PLANNED, reason="lease_over")
    (touch,) = notice(make_reader(), message=make_message())
    send_due()
    assert (state(touch), touch.tried_since) == (("planned", "lease_over"), None)
