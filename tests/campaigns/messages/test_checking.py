"""What is wrong with a message is said before it is kept: at the field, with a way on."""

import pytest

from campaigns.messages import checking, texting
from campaigns.messages.checking import MessageContradicts, keep, problems
from campaigns.models import Channel, MessageTemplate, Purpose
from stores import policy
from tests.makers import make_marketer

pytestmark = pytest.mark.django_db


def message(text: str = "{name}您好，会员日双倍积分。", channel: str = Channel.SMS, **fields) -> MessageTemplate:
    """A text message unless told otherwise; not saved."""
    return MessageTemplate(name="会员日", channel=channel, text=text, **fields)


@pytest.mark.parametrize(
    ("text", "token", "meant"),
    [
        ("{nmae}您好", "{nmae}", "{name}"),
        ("{Name}您好", "{Name}", "{name}"),
        ("{ name }您好", "{ name }", "{name}"),
        ("｛name｝您好", "｛name｝", "{name}"),
        ("{name您好，{coupon}", "{name您好，", "{"),
        ("name}您好", "}", "{coupon}"),
        ("{phone}您好", "{phone}", "{"),
        ("{}您好", "{}", "{coupon}"),
    ],
)
def test_what_is_no_variable_is_named_and_the_right_one_offered(text, token, meant):
    ((field, sentence),) = problems(message(text))
    assert field == "text"
    assert token in sentence
    assert meant in sentence


def test_known_variables_and_plain_words_are_fine():
    assert problems(message("{name}您好，{coupon}{until}前有效，{points}积分。")) == []


def test_in_app_messages_and_mails_need_a_subject_and_texts_do_not():
    assert [field for field, _sentence in problems(message(channel=Channel.EMAIL))] == ["subject"]
    assert [field for field, _sentence in problems(message(channel=Channel.INBOX, subject=" "))] == ["subject"]
    assert problems(message(channel=Channel.INBOX, subject="会员日")) == []
    assert problems(message()) == []


def test_a_link_is_https():
    assert [field for field, _sentence in problems(message(link="http://c.example/"))] == ["link"]
    assert problems(message(link="https://c.example/")) == []


def test_a_text_message_has_no_brackets_of_its_own():
    assert [field for field, _sentence in problems(message("【大促】来看看"))] == ["text"]
    assert problems(message("【大促】来看看", channel=Channel.WECOM)) == []


def test_a_text_message_of_more_parts_than_allowed_is_refused():
    long = message("好" * 200)
    assert "4" in problems(long)[0][1]
    policy.change("sms.most_parts", 4, by=None)
    assert problems(long) == []


def test_keeping_writes_down_who_made_it_and_a_bad_one_is_not_kept():
    su = make_marketer()
    with pytest.raises(MessageContradicts) as refused:
        keep(message("{nmae}您好"), by=su)
    assert refused.value.extra["problems"][0][0] == "text"
    assert not MessageTemplate.objects.exists()
    assert keep(message(), by=su).created_by == su


@pytest.mark.parametrize(
    ("text", "length", "parts", "cost"),
    [
        ("好" * 70, 70, 1, "0.050"),
        ("好" * 71, 71, 2, "0.100"),
        ("a" * 134, 134, 2, "0.100"),
        ("a" * 135, 135, 3, "0.150"),
        ("🍇" * 35, 70, 1, "0.050"),
        ("🍇" * 36, 72, 2, "0.100"),
    ],
)
def test_length_parts_and_cost_are_those_of_the_carriers(text, length, parts, cost):
    measured = texting.measure(text)
    assert (measured.length, measured.parts, str(measured.cost)) == (length, parts, cost)
    assert measured.left >= 0


def test_the_way_out_is_part_of_what_is_measured():
    text = "好" * 65
    assert texting.measure(texting.whole(text, "", Purpose.SERVICE)).parts == 1
    assert texting.measure(texting.whole(text, "", Purpose.MARKETING)).parts == 2
    assert checking.problems(message(text)) == []
