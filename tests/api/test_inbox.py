"""The member's inbox in the mini-program: what arrived, in which words, what was read and followed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Touch
from campaigns.touches.sending import send_due
from stores.models import Scope
from tests.api.callers import is_problem, make_till
from tests.campaigns.touches.post import make_message, notice
from tests.makers import make_coupon, make_member, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def mini():
    return make_till(Scope.TOUCHES)


@pytest.fixture
def mei():
    return make_member("张晓梅")


def invited(member, **more) -> dict:
    """A message to the member has arrived; as the mini-program reads it."""
    message = make_message(
        "{name}您好，{coupon_code}等您来用。", channel="inbox", subject="会员日", link="https://shop.test/8"
    )
    notice(member, message=message, **more)
    send_due()
    return make_till(Scope.TOUCHES).read(f"/members/{member.public_id}/inbox/").json()["results"][0]


def test_a_message_arrives_in_the_members_own_words_without_any_consent(mei):
    coupon = make_coupon(member=mei)
    found = invited(mei, coupons={mei.pk: coupon.pk})
    assert (found["subject"], found["link"], found["purpose"]) == ("会员日", "https://shop.test/8", "marketing")
    assert coupon.code in found["text"]
    assert found["coupon"].startswith("cpn_")
    assert (found["read_at"], found["clicked_at"]) == (None, None)


def test_what_has_not_arrived_is_not_there(mini, mei):
    message = make_message(channel="inbox", subject="会员日")
    notice(mei, message=message, due_at=timezone.now() + timedelta(hours=1))
    send_due()
    assert mini.read(f"/members/{mei.public_id}/inbox/").json()["results"] == []


def test_reading_and_following_count_once(mini, mei, time_machine):
    time_machine.move_to("2026-11-18T04:00:00Z", tick=False)
    found = invited(mei)
    first = mini.send("POST", f"/inbox/{found['id']}/click/").json()
    assert first["read_at"] == first["clicked_at"] == "2026-11-18T12:00:00+08:00"
    time_machine.shift(timedelta(hours=1))
    assert mini.send("POST", f"/inbox/{found['id']}/click/").json() == first
    assert mini.send("POST", f"/inbox/{found['id']}/read/").json() == first
    address = f"/members/{mei.public_id}/inbox/"
    assert mini.read(address, unread="true").json()["results"] == []
    assert len(mini.read(address, unread="false").json()["results"]) == 1
    is_problem(mini.read(address, sort="at"), 400, "invalid")


def test_messages_of_other_channels_and_of_nobody_are_no_messages(mini, mei):
    found = invited(mei)
    Touch.objects.update(channel="sms")
    for touch in (found["id"], "tch_nothing", "mem_nobody", "1"):
        is_problem(mini.send("POST", f"/inbox/{touch}/read/"), 404, "message_not_found")
    assert Touch.objects.get().read_at is None


def test_a_key_of_one_store_reads_no_inbox_of_another(mei):
    store = make_store("滨河路店")
    found = invited(mei)
    till = make_till(Scope.TOUCHES)
    till.key.stores.set([store])
    is_problem(till.read(f"/members/{mei.public_id}/inbox/"), 404, "member_not_found")
    is_problem(till.send("POST", f"/inbox/{found['id']}/read/"), 404, "message_not_found")
    assert Touch.objects.get().read_at is None
