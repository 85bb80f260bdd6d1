"""Customers in WeCom: remarks, tags and hand-overs as its documentation says."""

import pytest

from campaigns.channels.calling import NotTaken, Refused, Unclear
from campaigns.channels.wecom import client, customers
from campaigns.channels.wecom.customers import Transfer
from tests.campaigns.channels.provider import Reply, provider
from tests.campaigns.channels.test_wecom import WeCom

PLACE = "/cgi-bin/externalcontact/"


@pytest.fixture
def wecom(settings):
    """WeCom answering as ``wecom(path, reply)`` says; gives what it was asked, the token apart."""
    settings.PROVIDERS_MAY_BE_PRIVATE = True
    settings.WECOM_CORP_ID, settings.WECOM_SECRET = "corp", "secret"
    client.forget()

    def answering(verb, path: str, reply) -> tuple[object, list]:
        with provider(WeCom(**{PLACE + path: reply})) as made:
            settings.WECOM_URL = made.url
            client.forget()
            return verb(), [call.body for call in made.calls if call.path == PLACE + path]

    yield answering
    client.forget()


OK = Reply({"errcode": 0})


def test_a_remark_is_written_within_what_wecom_takes(wecom):
    _none, calls = wecom(
        lambda: customers.remark("E1", "wm-1", name="张晓梅" * 10, description="爱吃沃柑"), "remark", OK
    )
    assert calls == [
        {"userid": "E1", "external_userid": "wm-1", "remark": ("张晓梅" * 10)[:20], "description": "爱吃沃柑"}
    ]
    assert wecom(lambda: customers.remark("E1", "wm-1"), "remark", OK)[1] == []


def test_tags_are_put_on_and_taken_off_in_one_call(wecom):
    _none, calls = wecom(lambda: customers.mark_tags("E1", "wm-1", add=["a"], remove=["b", "c"]), "mark_tag", OK)
    assert calls == [{"userid": "E1", "external_userid": "wm-1", "add_tag": ["a"], "remove_tag": ["b", "c"]}]
    assert wecom(lambda: customers.mark_tags("E1", "wm-1"), "mark_tag", OK)[1] == []


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply({"errcode": 84061}), Refused),
        (Reply({"errcode": 45033}), NotTaken),
        (Reply({}, status=500), Unclear),
        (Reply(cut=True), Unclear),
    ],
)
def test_what_goes_wrong_is_told_apart(wecom, reply, error):
    with pytest.raises(error):
        wecom(lambda: customers.mark_tags("E1", "wm-1", add=["a"]), "mark_tag", reply)


def test_customers_are_handed_over_and_each_answer_is_taken_for_its_own(wecom):
    told = Reply({"errcode": 0, "customer": [{"external_userid": "wm-1", "errcode": 0},
                                             {"external_userid": "wm-2", "errcode": 40096}]})  # fmt: skip
    made, calls = wecom(
        lambda: customers.transfer("E1", "E2", ["wm-1", "wm-2", "wm-3"], words="以后由我服务您"),
        "transfer_customer",
        told,
    )
    assert made == [Transfer("wm-1", "waits"), Transfer("wm-2", "wecom_40096"), Transfer("wm-3", "unknown")]
    assert calls[0]["handover_userid"] == "E1"
    assert calls[0]["takeover_userid"] == "E2"
    with pytest.raises(ValueError, match="100"):
        customers.transfer("E1", "E2", ["wm"] * 101)


def test_what_became_of_a_hand_over_is_read_page_by_page(wecom):
    pages = [
        Reply({"errcode": 0, "customer": [{"external_userid": "wm-1", "status": 1}], "next_cursor": "c"}),
        Reply({"errcode": 0, "customer": [{"external_userid": "wm-2", "status": 3}]}),
    ]
    made, calls = wecom(lambda: customers.transfers("E1", "E2"), "transfer_result", pages)
    assert made == [Transfer("wm-1", "done"), Transfer("wm-2", "refused")]
    assert [call.get("cursor") for call in calls] == [None, "c"]
