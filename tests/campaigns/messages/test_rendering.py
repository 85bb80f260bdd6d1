"""Messages put into words: for each member their own, in the same few queries for all, and nothing half said."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.messages import rendering
from campaigns.messages.rendering import Words, example, render
from campaigns.messages.variables import VARIABLES
from campaigns.models import Channel, MessageTemplate, Purpose
from tests.campaigns.scenery import facts_of
from tests.makers import make_coupon, make_guide, make_member, make_store, make_template, moment

pytestmark = pytest.mark.django_db
WORDS = "{name}您好，您在{store}的{coupon}，{until}到期。找{guide}。"


def message(text: str = WORDS, **fields) -> MessageTemplate:
    """A message of the inbox unless told otherwise; not saved."""
    fields = {"name": "到期提醒", "channel": Channel.INBOX, "subject": "券要到期了", **fields}
    return MessageTemplate(text=text, **fields)


@pytest.fixture
def lin():
    """Lin Xiaoman of Binhe Road."""
    return make_guide(store=make_store("滨河路店"))


@pytest.fixture
def zihan(lin):
    """Zhou Zihan, who usually buys ugli fruit."""
    member = make_member("周子涵", guide=lin, tier="gold", points=1286)
    facts_of(member, orders=1, last=12, category="沃柑")
    return member


def coupon_until(member, day: str):
    """A coupon of ¥10 off ¥60 whose last day is ``day``."""
    coupon = make_coupon(member, template=make_template(valid_days=7))
    coupon.valid_until = moment(day, "16:00")  # midnight in Shanghai
    coupon.save()
    return coupon


def test_each_member_reads_their_own_name_store_guide_and_coupon(lin, zihan):
    nina = make_member("李娜", guide=lin)
    held = {zihan.pk: coupon_until(zihan, "2026-12-05").pk, nina.pk: coupon_until(nina, "2026-12-09").pk}
    said = render(message(), [zihan.pk, nina.pk], coupons=held)
    assert said[zihan.pk].text == "子涵您好，您在滨河路店的满60减10，12-05到期。找小满。"
    assert said[nina.pk].text == "李娜您好，您在滨河路店的满60减10，12-09到期。找小满。"
    assert said[nina.pk].subject == "券要到期了"


def test_every_variable_has_a_value_where_it_is_known(zihan):
    coupon = coupon_until(zihan, "2026-12-05")
    said = render(message("|".join(f"{{{key}}}" for key in VARIABLES)), [zihan.pk], coupons={zihan.pk: coupon.pk})
    parts = said[zihan.pk].text.split("|")
    assert parts == ["子涵", "金卡", "1,286", "沃柑", "滨河路店", "小满", "满60减10", coupon.code, "12-05"]


def test_without_a_coupon_nothing_is_said_of_one(zihan):
    assert render(message(), [zihan.pk])[zihan.pk].text == "子涵您好。找小满。"
    assert render(message("{coupon}，{until}到期。"), [zihan.pk])[zihan.pk].is_empty


def test_nobody_is_told_of_somebody_elses_coupon(lin, zihan):
    foreign = coupon_until(make_member("李娜", guide=lin), "2026-12-05")
    said = render(message("{name}，券码 {coupon_code}。"), [zihan.pk], coupons={zihan.pk: foreign.pk})
    assert foreign.code not in said[zihan.pk].text
    own = coupon_until(zihan, "2026-12-05")  # the control: their own is named
    said = render(message("{name}，券码 {coupon_code}。"), [zihan.pk], coupons={zihan.pk: own.pk})
    assert own.code in said[zihan.pk].text


def test_a_hundred_members_cost_no_more_queries_than_one(lin):
    crowd = [make_member(f"周子{sign}", guide=lin) for sign in "一二三四五六七八九十"]
    template = make_template(valid_days=7)
    held = {member.pk: make_coupon(member, template=template).pk for member in crowd}

    def queries(count: int) -> int:
        chosen = [member.pk for member in crowd[:count]]
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert len(render(message(), chosen, coupons=held)) == count
        return len(caught)

    assert queries(1) == queries(10) <= 3


def test_a_guide_who_left_is_not_named(lin, zihan):
    lin.is_active = False
    lin.save()
    assert render(message("{name}您好。找{guide}。"), [zihan.pk])[zihan.pk].text == "子涵您好。"


def test_a_name_is_never_read_as_a_variable_and_never_begins_a_line(lin):
    sly = make_member("{coupon_code} A\r\nBcc: x@y.cn", guide=lin)
    said = render(message("您好", subject="{tier}会员 {store}"), [sly.pk])[sly.pk]
    assert "\n" not in said.subject
    assert render(message("{name}，您好"), [sly.pk])[sly.pk].text == "{coupon_code}，您好"
    rows = rendering.Member.objects.filter(pk=sly.pk)
    rows.update(name="甲\n")
    assert render(message("{name}，您好"), [sly.pk])[sly.pk].text == "甲，您好"


def test_a_text_message_carries_signature_link_and_the_way_out(zihan):
    sms = message("{name}，双倍积分。", channel=Channel.SMS, subject="", link="https://c.example/d")
    assert render(sms, [zihan.pk])[zihan.pk] == Words("", "【常客】子涵，双倍积分。 https://c.example/d 拒收请回复R")
    notice = message("{name}，您的生日改好了。", channel=Channel.SMS, purpose=Purpose.SERVICE)
    assert render(notice, [zihan.pk])[zihan.pk].text == "【常客】子涵，您的生日改好了。"


def test_an_example_shows_every_variable_filled_in():
    said = example(message())
    assert "{" not in said.text
    assert said.text.startswith("晓梅您好")
