"""Receipts that providers push: twice, late, in any order, about messages that nobody was sure of."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.channels.base import Came, Receipt, Sent
from campaigns.touches.outcomes import key_of, receive, touch_of
from campaigns.touches.sending import send_due
from tests.campaigns.touches.post import make_reader, notice, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def touch(pigeon):
    (touch,) = notice(make_reader())
    send_due()
    return touch


def test_a_delivery_is_known_once_by_our_key_or_theirs(touch):
    now = timezone.now()
    receipt = Receipt(provider_id=f"p{touch.pk}", state=Came.ACCEPTED, delivered_at=now)
    assert receive("sms", [receipt, receipt]) == 1
    assert receive("sms", [receipt, Receipt(key=key_of(touch.pk), delivered_at=now + timedelta(minutes=1))]) == 0
    assert (state(touch), touch.delivered_at) == (("accepted", ""), now)


def test_a_failed_delivery_turns_it_down_but_never_one_that_arrived(touch):
    failed = Receipt(key=key_of(touch.pk), state=Came.REJECTED, reason="phone_off")
    assert receive("sms", [failed]) == 1
    assert state(touch) == ("rejected", "phone_off")
    assert receive("sms", [Receipt(key=key_of(touch.pk), delivered_at=timezone.now())]) == 1
    assert receive("sms", [failed]) == 0
    assert state(touch) == ("accepted", "")


def test_a_receipt_settles_what_was_unclear_or_planned_again(pigeon):
    pigeon.says = lambda one: Sent(one.touch_id, Came.UNKNOWN if one.member_id == mei.pk else Came.PLANNED)
    mei, jun = make_reader(), make_reader("何俊")
    touches = notice(mei, jun)
    send_due()
    assert receive("sms", [Receipt(key=key_of(one.pk), state=Came.ACCEPTED) for one in touches]) == 2
    assert [state(one) for one in touches] == [("accepted", "")] * 2
    assert send_due() == 0


def test_nothing_is_believed_of_other_channels_of_what_never_left_or_of_strangers(touch):
    (planned,) = notice(make_reader("何俊"), due_at=timezone.now() + timedelta(hours=1))
    strange = [
        Receipt(key=key_of(planned.pk), state=Came.ACCEPTED),
        Receipt(key="tch-999999999", state=Came.REJECTED),
        Receipt(key="xx-1", state=Came.REJECTED),
        Receipt(provider_id="nobody", state=Came.REJECTED),
        Receipt(state=Came.REJECTED),
    ]
    assert receive("sms", strange) == receive("email", [Receipt(key=key_of(touch.pk), state=Came.REJECTED)]) == 0
    assert (state(planned), state(touch)) == (("planned", ""), ("accepted", ""))
    assert [touch_of(key) for key in ("tch-12", "tch-", "tch-x", "12", "tch-²")] == [12, None, None, None, None]
