"""WeCom on a real socket, as its documentation says: a guide confirms each message, and nothing is guessed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.channels import calling
from campaigns.channels.base import Asked, Outgoing
from campaigns.channels.wecom import client
from campaigns.channels.wecom.speaking import WecomSpeaker
from campaigns.models import Touch, TouchText
from tests.campaigns.channels.provider import Call, Provider, Reply, nobody, provider
from tests.makers import make_guide, make_member, make_touch

pytestmark = pytest.mark.django_db
SPEAKER = WecomSpeaker()
ADD, RESULT = "/cgi-bin/externalcontact/add_msg_template", "/cgi-bin/externalcontact/get_groupmsg_send_result"
LIST, CANCEL = "/cgi-bin/externalcontact/get_groupmsg_list_v2", "/cgi-bin/externalcontact/cancel_groupmsg_send"
TOKEN = "/cgi-bin/gettoken"


class WeCom:
    """WeCom's side: ``replies`` by path, each a reply or a list of them to be given one after the other."""

    def __init__(self, **replies) -> None:
        self.replies = {TOKEN: Reply({"errcode": 0, "access_token": "t-1", "expires_in": 7200})} | replies

    def __call__(self, call: Call) -> Reply:
        reply = self.replies.get(call.path, Reply({"errcode": 0}))
        return reply.pop(0) if isinstance(reply, list) else reply


@pytest.fixture
def house(settings, monkeypatch):
    """A house known to WeCom."""
    settings.PROVIDERS_MAY_BE_PRIVATE = True
    settings.WECOM_CORP_ID, settings.WECOM_SECRET = "corp", "secret"
    monkeypatch.setattr(calling.call, "__kwdefaults__", {**calling.call.__kwdefaults__, "read_seconds": 0.3})
    client.forget()
    yield settings
    client.forget()


@pytest.fixture
def lin():
    return make_guide("林小满", employee_no="E1001")


def letter(n: int, guide, text: str = "您好", **fields) -> Outgoing:
    given = {"subject": "会员日", "guide_id": guide.pk if guide else None, **fields}
    return Outgoing(touch_id=n, key=f"tch-{n}", member_id=n, address=f"wm-{n}", text=text, **given)


def sent(house, replies: dict, *letters: Outgoing) -> tuple[dict[int, tuple[str, str]], Provider]:
    with provider(WeCom(**replies)) as wecom:
        house.WECOM_URL = wecom.url
        answers = SPEAKER.send(letters)
    return {one.touch_id: (one.state.value, one.reason) for one in answers}, wecom


def paths(wecom: Provider) -> list[str]:
    return [call.path for call in wecom.calls]


def test_one_wording_for_one_guide_is_one_task_and_waits_for_the_guide(house, lin):
    told = {ADD: Reply({"errcode": 0, "fail_list": ["wm-2"], "msgid": "m-1"})}
    answers, wecom = sent(
        house, told, letter(1, lin, link="https://c.example/"), letter(2, lin, link="https://c.example/")
    )
    assert answers == {1: ("unknown", "waits_for_guide"), 2: ("rejected", "not_customer")}
    assert paths(wecom) == [TOKEN, ADD]
    body = wecom.calls[1].body
    assert (body["sender"], body["external_userid"], body["text"]) == ("E1001", ["wm-1", "wm-2"], {"content": "您好"})
    assert body["attachments"][0]["link"] == {"title": "会员日", "url": "https://c.example/"}
    assert wecom.calls[1].query == {"access_token": "t-1"}


def test_each_wording_is_a_task_of_its_own_and_the_token_is_fetched_once(house, lin):
    _answers, wecom = sent(house, {ADD: Reply({"errcode": 0, "msgid": "m"})}, letter(1, lin), letter(2, lin, "再见"))
    assert paths(wecom) == [TOKEN, ADD, ADD]


def test_without_a_guide_who_works_here_nothing_is_laid_before_anybody(house, lin):
    gone = make_guide("周敏", is_active=False)
    answers, wecom = sent(house, {}, letter(1, None), letter(2, gone))
    assert answers == {1: ("rejected", "no_guide"), 2: ("rejected", "no_guide")}
    assert wecom.calls == []


def test_a_token_that_ended_early_is_fetched_anew_once_and_the_message_leaves_once(house, lin):
    replies = {
        TOKEN: [Reply({"errcode": 0, "access_token": t, "expires_in": 7200}) for t in ("old", "new")],
        ADD: [Reply({"errcode": 42001}), Reply({"errcode": 0, "msgid": "m-1"})],
    }
    answers, wecom = sent(house, replies, letter(1, lin))
    assert answers == {1: ("unknown", "waits_for_guide")}
    assert [call.query.get("access_token") for call in wecom.calls if call.path == ADD] == ["old", "new"]


@pytest.mark.parametrize(
    ("reply", "came"),
    [
        (Reply({"errcode": 45009}), ("planned", "wecom_busy")),
        (Reply({"errcode": 60020}), ("planned", "wecom_60020")),
        (Reply({"errcode": 42001}), ("planned", "wecom_42001")),
        (Reply({}, status=429), ("planned", "http_429")),
        (Reply({"errcode": 84061}), ("rejected", "not_customer")),
        (Reply({"errcode": 60111}), ("rejected", "guide_unknown")),
        (Reply({"errcode": 40058}), ("rejected", "wecom_40058")),
        (Reply({"errcode": -1}), ("unknown", "wecom_busy")),
        (Reply({"msgid": "m-1"}), ("unknown", "unreadable")),
        (Reply(text="<html>"), ("unknown", "unreadable")),
        (Reply({}, status=500), ("unknown", "http_500")),
        (Reply(cut=True), ("unknown", "broken_off")),
        (Reply(silent=True), ("unknown", "no_answer")),
    ],
)
def test_every_answer_means_taken_never_taken_or_unclear(house, lin, reply, came):
    answers, _wecom = sent(house, {ADD: reply}, letter(1, lin))
    assert answers == {1: came}


@pytest.mark.parametrize(
    "reply", [Reply({"errcode": 40013}), Reply(cut=True), Reply({}, status=500), Reply({"errcode": 0})]
)
def test_without_a_token_nothing_was_sent(house, lin, reply):
    answers, wecom = sent(house, {TOKEN: reply}, letter(1, lin))
    assert answers[1][0] == "planned"
    assert ADD not in paths(wecom)


def test_a_wecom_that_is_not_there_took_nothing(house, lin):
    house.WECOM_URL = nobody()
    assert [one.state for one in SPEAKER.send([letter(1, lin)])] == ["planned"]


# --- asking --------------------------------------------------------------------------------------------------------
def laid(n: int, guide, *, hours: float = 1, number: str = "m-1", text: str = "您好") -> Asked:
    """A message laid before the guide some hours ago, with its words in the ledger."""
    made = make_touch(make_member(f"张晓{n}"), guide=guide, source=Touch.Source.JOURNEY, state="unknown")
    TouchText.objects.create(touch=made, text=text)
    return Asked(made.pk, f"tch-{made.pk}", number, f"wm-{n}", guide.pk, timezone.now() - timedelta(hours=hours))


def asked(house, replies: dict, *touches: Asked):
    with provider(WeCom(**replies)) as wecom:
        house.WECOM_URL = wecom.url
        answers = SPEAKER.ask(touches)
    return [(one.state.value, one.reason) for one in answers], answers, wecom


def rows(**statuses: int) -> Reply:
    told = [
        {"external_userid": f"wm-{key[1:]}", "status": status, "send_time": 1_700_000_000}
        for key, status in statuses.items()
    ]
    return Reply({"errcode": 0, "send_list": told})


def test_what_the_guide_decided_is_known_by_asking_once_for_all_of_a_task(house, lin):
    told, answers, wecom = asked(house, {RESULT: rows(n1=1, n2=0, n3=2, n4=3)}, *(laid(n, lin) for n in range(1, 5)))
    assert told == [
        ("accepted", ""), ("unknown", "waits_for_guide"), ("rejected", "not_customer"), ("rejected", "had_another"),
    ]  # fmt: skip
    assert answers[0].delivered_at.timestamp() == 1_700_000_000
    assert paths(wecom) == [TOKEN, RESULT]


def test_what_waits_too_long_is_stopped_at_wecom_before_it_counts_as_turned_down(house, lin):
    replies = {RESULT: rows(n1=0), CANCEL: Reply({"errcode": 0})}
    told, _answers, wecom = asked(house, replies, laid(1, lin, hours=24 * 3 + 1))
    assert told == [("rejected", "not_confirmed")]
    assert paths(wecom)[-1] == CANCEL
    replies[CANCEL] = Reply(cut=True)  # not stopped: the guide may still send it
    client.forget()
    told, _answers, _wecom = asked(house, replies, laid(1, lin, hours=24 * 3 + 1))
    assert told[0][0] == "unknown"


def test_a_task_whose_answer_was_lost_is_found_by_its_words_and_customer(house, lin):
    listed = Reply({"errcode": 0, "group_msg_list": [
        {"msgid": "m-8", "text": {"content": "别的"}}, {"msgid": "m-9", "text": {"content": "您好"}}]})  # fmt: skip
    told, answers, _wecom = asked(house, {LIST: listed, RESULT: rows(n1=1)}, laid(1, lin, number=""))
    assert told == [("accepted", "")]
    assert answers[0].provider_id == "m-9"


def test_what_wecom_does_not_list_is_sent_again_only_when_it_has_had_time_to_list_it(house, lin):
    nothing = {LIST: Reply({"errcode": 0, "group_msg_list": []})}
    assert asked(house, nothing, laid(1, lin, number="", hours=0.05))[0] == [("unknown", "not_found")]
    assert asked(house, nothing, laid(2, lin, number="", hours=1))[0] == [("planned", "not_found")]


@pytest.mark.parametrize("reply", [Reply(cut=True), Reply({"errcode": 45009}), Reply({"errcode": -1}), Reply(text="?")])
def test_a_wecom_that_cannot_be_asked_leaves_everything_unclear(house, lin, reply):
    told, _answers, _wecom = asked(house, {LIST: reply, RESULT: reply}, laid(1, lin), laid(2, lin, number=""))
    assert [state for state, _reason in told] == ["unknown", "unknown"]
