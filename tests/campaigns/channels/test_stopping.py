"""Wanting no more: by a link in a mail, by one click of a mail program, by an answer to a text message."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.channels import stopping
from campaigns.channels.base import OptOut
from campaigns.messages.rendering import render
from campaigns.models import Channel, MessageTemplate, Purpose
from members.models import Consent, MemberState
from members.privacy import consents, wordings
from tests.makers import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def zihan():
    """Zhou Zihan, who agreed to mails and text messages a week ago."""
    member = make_member("周子涵", phone="13812345678")
    for channel in ("email", "sms"):
        wordings.add(channel, "v1", "同意")
        entry = consents.grant(member, channel, wording_version="v1")
        Consent.objects.filter(pk=entry.pk).update(at=timezone.now() - timedelta(days=7))
    return member


def agrees(member) -> set[str]:
    return {channel for channel in ("email", "sms") if consents.may_contact(member, channel)}


def test_opening_the_link_asks_and_changes_nothing_since_scanners_open_links(zihan):
    answer = Client(enforce_csrf_checks=True).get(f"/stop/{stopping.token(zihan.pk)}/")
    assert answer.status_code == 200
    assert "周子涵" not in answer.content.decode()
    assert agrees(zihan) == {"email", "sms"}


def test_one_click_withdraws_that_channel_alone_and_twice_is_once(zihan):
    for _time in range(2):
        click = Client(enforce_csrf_checks=True).post(
            f"/stop/{stopping.token(zihan.pk)}/", {"List-Unsubscribe": "One-Click"}
        )
        assert click.status_code == 200
    assert agrees(zihan) == {"sms"}
    assert Consent.objects.filter(member=zihan, granted=False).count() == 1


@pytest.mark.parametrize("signed", ["x", "WzEsImVtYWlsIl0:abc:def", "%00", "é"])
def test_an_address_that_we_did_not_sign_leads_nowhere(zihan, signed):
    assert Client().post(f"/stop/{signed}/").status_code == 404
    good = stopping.token(zihan.pk)
    assert Client().post(f"/stop/{good[:-1]}{'A' if good[-1] != 'A' else 'B'}/").status_code == 404
    assert Client().post(f"/stop/{stopping.token(zihan.pk, 'phone_call')}/").status_code == 404
    assert agrees(zihan) == {"email", "sms"}


def test_an_old_mail_to_a_merged_record_speaks_for_the_member_it_became(zihan):
    gone = make_member("周子", state=MemberState.MERGED, merged_into=zihan)
    assert stopping.whose(stopping.token(gone.pk)) == (zihan, "email")


def test_an_answer_withdraws_the_consent_of_whoever_has_the_number_and_twice_is_once(zihan):
    answer = OptOut("13812345678", timezone.now() - timedelta(minutes=1), "R")
    assert (
        stopping.stop_all("sms", [answer, answer, OptOut("13900001111", timezone.now()), OptOut("?", timezone.now())])
        == 1
    )
    assert agrees(zihan) == {"email"}
    entry = Consent.objects.get(member=zihan, granted=False)
    assert entry.collected_by == "短信回复"


def test_an_old_answer_that_arrives_late_does_not_undo_a_newer_yes(zihan):
    assert stopping.stop_all("sms", [OptOut("13812345678", timezone.now() - timedelta(days=30), "R")]) == 1
    assert agrees(zihan) == {"email", "sms"}


def test_a_mail_that_advertises_ends_with_the_way_out_and_a_notice_does_not(zihan, settings):
    settings.PUBLIC_URL = "https://shop.example/"
    mail = MessageTemplate(name="会员日", channel=Channel.EMAIL, subject="会员日", text="明天见。")
    text = render(mail, [zihan.pk])[zihan.pk].text
    assert f"https://shop.example/stop/{stopping.token(zihan.pk)[:10]}" in text
    mail.purpose = Purpose.SERVICE
    assert render(mail, [zihan.pk])[zihan.pk].text == "明天见。"
