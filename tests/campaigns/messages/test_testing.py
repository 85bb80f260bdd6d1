"""A test of a message goes to the person who wrote it and to nobody else, and is no touch."""

import pytest

from campaigns.messages.testing import send_test, way_to
from campaigns.models import Channel, MessageTemplate, Touch
from coupons.colleagues import members_of
from members.models import IdentityKind
from members.oneid import identities
from stores import ratelimit
from stores.errors import Refusal
from tests.campaigns.channels.provider import Reply, provider
from tests.makers import make_marketer, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(settings):
    """A gateway that takes everything, and what it was given."""

    def answer(call) -> Reply:
        rows = [{"id": one["id"], "state": "accepted"} for one in call.body["messages"]]
        return Reply({"results": rows})

    ratelimit.forget()
    with provider(answer) as made:
        settings.PROVIDERS_MAY_BE_PRIVATE, settings.SMS_URL, settings.SMS_KEY = True, made.url, "key"
        yield made
    ratelimit.forget()


def sms() -> MessageTemplate:
    return MessageTemplate.objects.create(name="会员日", channel=Channel.SMS, text="{name}您好，明天见。")


def test_it_goes_to_the_own_phone_worded_as_for_a_member_and_is_no_touch(gateway):
    su = make_marketer("苏婉", phone="13900001234")
    make_member("周子涵", phone="13812345678")
    assert "1234" in way_to(sms(), su).shown
    assert "13900001234" not in way_to(MessageTemplate.objects.get(), su).shown
    sent = send_test(MessageTemplate.objects.get(), by=su, like="5678")
    assert sent.left
    (told,) = gateway.calls[0].body["messages"]
    assert told["to"] == "13900001234"
    assert told["text"] == "【常客】子涵您好，明天见。拒收请回复R"
    assert not Touch.objects.exists()


def test_whoever_has_no_address_of_their_own_sends_nothing(gateway):
    su = make_marketer("苏婉")
    assert way_to(sms(), su).problem
    with pytest.raises(Refusal) as refused:
        send_test(MessageTemplate.objects.get(), by=su)
    assert refused.value.code == "no_own_address"
    own = make_member("苏婉", phone="13900005678")
    identities.attach(own, IdentityKind.STAFF, su.username)
    assert members_of([su]) == {own.pk}
    send_test(MessageTemplate.objects.get(), by=su)  # the control: their own member record has one
    assert [call.body["messages"][0]["to"] for call in gateway.calls] == ["13900005678"]


def test_a_channel_that_is_not_set_up_and_the_inbox_are_refused_in_words(gateway, settings):
    su = make_marketer("苏婉", phone="13900001234")
    settings.SMS_KEY = ""
    with pytest.raises(Refusal) as refused:
        send_test(sms(), by=su)
    assert refused.value.code == "channel_not_set_up"
    with pytest.raises(Refusal) as refused:
        send_test(MessageTemplate(channel=Channel.INBOX, subject="您好", text="您好"), by=su)
    assert refused.value.code == "seen_in_preview"
    assert gateway.calls == []


def test_nobody_tests_all_day(gateway):
    su, message = make_marketer("苏婉", phone="13900001234"), sms()
    for _time in range(5):
        assert send_test(message, by=su).left
    with pytest.raises(Refusal) as refused:
        send_test(message, by=su)
    assert refused.value.code == "too_many_tests"
    assert len(gateway.calls) == 5
