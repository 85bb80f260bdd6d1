"""Text messages through a gateway on a real socket: what it says is believed, what it leaves open is never guessed."""

import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.channels import calling, sms
from campaigns.channels.base import Asked, Came, Outgoing
from campaigns.channels.sms import SmsSpeaker
from stores.errors import NotFound, Refusal
from tests.campaigns.channels.provider import Call, Reply, nobody, provider

pytestmark = pytest.mark.django_db  # settings of the house
SPEAKER = SmsSpeaker()


@pytest.fixture(autouse=True)
def house(settings, monkeypatch):
    """A house whose gateway stands in its own network, and that waits no ten seconds in tests."""
    settings.PROVIDERS_MAY_BE_PRIVATE = True
    settings.SMS_KEY, settings.SMS_PUSH_KEY = "gateway-key", "push-key"
    monkeypatch.setattr(calling, "READ_SECONDS", 0.3)
    monkeypatch.setattr(calling.call, "__kwdefaults__", {**calling.call.__kwdefaults__, "read_seconds": 0.3})
    return settings


def messages(count: int = 2) -> list[Outgoing]:
    return [
        Outgoing(touch_id=n, key=f"tch-{n}", member_id=n, address=f"1381234567{n}", subject="", text=f"您好{n}")
        for n in range(1, count + 1)
    ]


def asked(count: int = 2) -> list[Asked]:
    return [Asked(n, f"tch-{n}", "", f"1381234567{n}", None, timezone.now()) for n in range(1, count + 1)]


def send_to(house, reply, count: int = 2):
    """What comes of sending when the gateway answers so; with its calls."""
    with provider(reply if callable(reply) else lambda call: reply) as gateway:
        house.SMS_URL = gateway.url
        return SPEAKER.send(messages(count)), gateway.calls


def states(answers) -> dict[int, str]:
    return {one.touch_id: one.state.value for one in answers}


def results(*rows: dict) -> Reply:
    return Reply({"results": list(rows)})


def test_it_is_set_up_with_an_address_and_a_key(house):
    house.SMS_URL = ""
    assert not SPEAKER.is_set_up()
    house.SMS_URL = "https://sms.example"
    assert SPEAKER.is_set_up()


def test_one_call_carries_all_messages_under_our_keys_and_each_answer_is_taken_for_its_own(house):
    answers, calls = send_to(
        house,
        results(
            {"id": "tch-2", "state": "rejected", "reason": "blacklist"},
            {"id": "tch-1", "state": "accepted", "message_id": "g-77"},
        ),
    )
    assert states(answers) == {1: "accepted", 2: "rejected"}
    assert {one.provider_id for one in answers} == {"g-77", ""}
    assert {one.reason for one in answers} == {"", "blacklist"}
    (call,) = calls
    assert call.headers["Authorization"] == "Bearer gateway-key"
    assert call.body["messages"][0] == {"id": "tch-1", "to": "13812345671", "text": "您好1"}


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_gateway_took_nothing_and_says_when_to_come_again(house, status):
    answers, _calls = send_to(house, Reply({}, status=status, headers={"Retry-After": "120"}))
    assert set(states(answers).values()) == {"planned"}
    assert timedelta(seconds=100) < answers[0].retry_at - timezone.now() < timedelta(seconds=121)


def test_a_gateway_that_asks_for_a_year_is_asked_again_within_the_hour(house):
    answers, _calls = send_to(house, Reply({}, status=429, headers={"Retry-After": "31536000"}))
    assert answers[0].retry_at - timezone.now() < timedelta(hours=1, minutes=1)


@pytest.mark.parametrize("status", [401, 403, 404, 302])
def test_a_wrong_key_or_address_loses_no_message(house, status):
    answers, calls = send_to(house, Reply({}, status=status, headers={"Location": "http://elsewhere.example/"}))
    assert set(states(answers).values()) == {"planned"}
    assert len(calls) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply({}, status=500),
        Reply({}, status=502),
        Reply(text="<html>Welcome to nginx</html>"),
        Reply([1, 2]),
        Reply({"ok": True}),
        Reply({"results": "all fine"}),
        Reply({"results": [{"id": "somebody-else", "state": "accepted"}]}),
        Reply({"results": [{"id": "tch-1", "state": "shrug"}, {"id": "tch-2"}]}),
        Reply(cut=True),
        Reply(silent=True),
        Reply({"results": []}, drip=True),
    ],
    ids=["500", "502", "page", "list", "no-results", "text", "foreign", "shrug", "cut", "silent", "drip"],
)
def test_what_may_have_arrived_is_unclear_and_not_called_sent_nor_lost(house, reply):
    answers, _calls = send_to(house, reply)
    assert set(states(answers).values()) == {"unknown"}


def test_a_gateway_that_is_not_there_took_nothing(house):
    house.SMS_URL = nobody()
    assert set(states(SPEAKER.send(messages())).values()) == {"planned"}


def test_an_answer_too_long_to_be_one_is_not_read_to_its_end(house):
    answers, _calls = send_to(house, Reply(text="x" * 3_000_000))
    assert set(states(answers).values()) == {"unknown"}


def test_one_poisoned_message_does_not_hold_up_the_others(house):
    def picky(call: Call) -> Reply:
        ids = [one["id"] for one in call.body["messages"]]
        if "tch-3" in ids:
            return Reply({"error": "bad text"}, status=400)
        return results(*({"id": one, "state": "accepted"} for one in ids))

    answers, calls = send_to(house, picky, count=5)
    assert states(answers) == {1: "accepted", 2: "accepted", 3: "rejected", 4: "accepted", 5: "accepted"}
    taken = [one["id"] for call in calls for one in call.body["messages"] if picky(call).status == 200]
    assert sorted(taken) == ["tch-1", "tch-2", "tch-4", "tch-5"]


def test_an_address_in_the_own_network_is_refused_unless_the_house_says_so(house):
    with provider(lambda call: results({"id": "tch-1", "state": "accepted"})) as gateway:
        house.SMS_URL, house.PROVIDERS_MAY_BE_PRIVATE = gateway.url, False
        assert states(SPEAKER.send(messages(1))) == {1: "planned"}
        assert gateway.calls == []
        house.PROVIDERS_MAY_BE_PRIVATE = True  # the control
        assert states(SPEAKER.send(messages(1))) == {1: "accepted"}


def test_only_a_clear_not_found_lets_an_unclear_message_go_again(house):
    told = {"tch-1": "delivered", "tch-2": "not_found", "tch-3": "failed", "tch-4": "hm"}
    rows = [{"id": key, "state": state, "at": "2026-11-20T10:00:00+08:00"} for key, state in told.items()]
    with provider(lambda call: results(*rows)) as gateway:
        house.SMS_URL = gateway.url
        answers = SPEAKER.ask(asked(5))
    assert states(answers) == {1: "accepted", 2: "planned", 3: "rejected", 4: "unknown", 5: "unknown"}
    assert answers[0].delivered_at.isoformat() == "2026-11-20T10:00:00+08:00"
    assert gateway.calls[0].query == {"ids": "tch-1,tch-2,tch-3,tch-4,tch-5"}


@pytest.mark.parametrize("reply", [Reply({}, status=404), Reply({}, status=429), Reply(cut=True), Reply(status=500)])
def test_a_gateway_that_cannot_be_asked_leaves_everything_unclear(house, reply):
    with provider(lambda call: reply) as gateway:
        house.SMS_URL = gateway.url
        assert set(states(SPEAKER.ask(asked())).values()) == {"unknown"}


# --- what the gateway pushes ---------------------------------------------------------------------------------------
def push(body: dict | bytes, *, stamp: str = "", signed: str = ""):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = stamp or str(int(time.time()))
    return SPEAKER.pushed({"X-Timestamp": stamp, "X-Signature": signed or sms.signature(stamp, raw)}, {}, raw)


def test_receipts_and_answers_are_read(house):
    said = push(
        {
            "receipts": [
                {"id": "tch-1", "state": "delivered", "at": "2026-11-20T10:00:00+08:00"},
                {"message_id": "g-78", "state": "failed", "reason": "absent"},
            ],
            "replies": [
                {"from": "13812345671", "text": " r 。", "at": "2026-11-20T10:00:00+08:00"},
                {"from": "13812345672", "text": "谢谢"},
            ],
        }
    )
    assert [(one.key, one.provider_id, one.state) for one in said.receipts] == [
        ("tch-1", "", Came.ACCEPTED),
        ("", "g-78", Came.REJECTED),
    ]
    assert [one.address for one in said.opt_outs] == ["13812345671"]


@pytest.mark.parametrize("answer", ["R", "ｒ", "td", "退订", "拒收！", "Stop."])
def test_every_common_no_is_understood(house, answer):
    assert sms.means_no(answer)


@pytest.mark.parametrize("answer", ["", "谢谢", "R 是什么", "不退订"])
def test_other_answers_withdraw_nothing(house, answer):
    assert not sms.means_no(answer)


def test_nobody_but_the_gateway_can_push(house):
    receipts = {"receipts": [{"id": "tch-1", "state": "delivered"}]}
    old = str(int(time.time()) - 3600)
    raw = json.dumps(receipts).encode()
    for stamp, signed in (("", "0" * 64), (old, ""), ("soon", "x"), ("", sms.signature("1", raw))):
        with pytest.raises(NotFound):
            push(receipts, stamp=stamp, signed=signed)
    house.SMS_PUSH_KEY = ""
    with pytest.raises(NotFound):
        push(receipts)
    house.SMS_PUSH_KEY = "push-key"  # the control
    assert len(push(receipts).receipts) == 1


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'{"receipts": 7}', b'{"receipts": [{"id": "x", "state": "?"}]}', b"\xff"]
)
def test_receipts_that_cannot_be_read_are_refused(house, body):
    with pytest.raises(Refusal):
        push(body)
