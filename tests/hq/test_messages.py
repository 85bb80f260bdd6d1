"""Message templates in the admin: the editor that shows what is read, what it refuses, and a test to oneself."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from campaigns.models import Channel, MessageTemplate, Touch
from campaigns.touches import reasons
from members.models import Consent
from members.privacy import consents, wordings
from stores.models import Staff
from tests.makers import make_admin, make_coupon, make_guide, make_marketer, make_member, make_store, make_touch

pytestmark = pytest.mark.django_db
ADD, LIVE = "admin:campaigns_messagetemplate_add", "admin:campaigns_messagetemplate_live"


def signed_in(person: Staff) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def form(**given) -> dict:
    """What Su Wan enters for a text message about double points."""
    return {
        "name": "会员日提醒", "channel": "sms", "purpose": "marketing", "subject": "", "link": "", "is_active": "on",
        "text": "{name}您好，明天{store}双倍积分。",
    } | given  # fmt: skip


@pytest.fixture
def su_wan():
    return make_marketer("苏婉")


@pytest.fixture
def zihan():
    """Zhou Zihan of Binhe Road, with Lin Xiaoman as guide."""
    return make_member("周子涵", guide=make_guide(store=make_store("滨河路店")), phone="13812345678")


def live(browser: Client, of: MessageTemplate | None = None, **given) -> str:
    return browser.post(reverse(LIVE) + f"?of={of.pk if of else ''}", form(**given)).content.decode()


def told(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_while_typing_the_message_is_shown_as_it_leaves_with_parts_and_cost_and_nothing_is_saved(su_wan):
    page = live(signed_in(su_wan))
    assert "【常客】晓梅您好，明天静安寺店双倍积分。拒收请回复R" in page
    assert "¥0.05" in page
    assert not MessageTemplate.objects.exists()


def test_it_is_shown_for_a_member_with_their_coupon_and_says_that_they_would_not_get_it(su_wan, zihan, time_machine):
    time_machine.move_to("2026-11-22T12:00:00+08:00")
    browser = signed_in(su_wan)
    page = live(browser, like="5678", text="{name}您好，{coupon}，{until}到期。")
    assert "子涵您好。拒收" in page or "子涵您好拒收" in page
    assert page.count('<p class="msg-say">') == 2
    make_coupon(zihan)
    wordings.add("sms", "v1", "同意接收短信")
    consents.grant(zihan, Consent.Channel.SMS, wording_version="v1")
    page = live(browser, like="5678", text="{name}您好，{coupon}，{until}到期。")
    assert "满60减10" in page
    assert '<p class="msg-say">' not in page
    assert "13812345678" not in page


def test_it_says_from_when_on_it_may_leave_to_the_member_whose_guide_has_called_twice_today(
    su_wan, zihan, time_machine
):
    time_machine.move_to("2026-11-22T12:00:00+08:00")
    wordings.add("sms", "v1", "同意接收短信")
    consents.grant(zihan, Consent.Channel.SMS, wording_version="v1")
    make_touch(zihan, source=Touch.Source.TASK, source_id=1, channel="phone_call")
    browser = signed_in(su_wan)
    assert '<p class="msg-say">' not in live(browser, like="5678")
    make_touch(zihan, source=Touch.Source.TASK, source_id=2, channel="phone_call")
    page = live(browser, like="5678")
    assert "2026-11-23 09:00" in page
    assert str(reasons.REASONS["cap_day"]) in page
    assert '<p class="msg-say">' not in live(browser, like="5678", purpose="service")
    assert not Touch.objects.filter(channel="sms").exists()


def test_what_is_wrong_stands_beside_its_field_while_typing(su_wan):
    page = live(signed_in(su_wan), text="{nmae}您好", link="http://c.example/")
    for field in ("text", "link"):
        start = page.index(f'id="say-{field}"')
        assert page[start:].split(">", 1)[1].split("</span>", 1)[0].strip()
    start = page.index('id="say-name"')
    assert page[start:].split(">", 1)[1].startswith("</span>")


def test_text_of_people_is_shown_as_text(su_wan):
    assert "<script>" not in live(signed_in(su_wan), text="<script>alert(1)</script>")


def test_a_good_one_is_kept_with_its_maker_and_a_bad_one_is_not(su_wan):
    browser = signed_in(su_wan)
    assert browser.post(reverse(ADD), form(text="{nmae}您好")).status_code == 200
    assert not MessageTemplate.objects.exists()
    assert browser.post(reverse(ADD), form()).status_code == 302
    kept = MessageTemplate.objects.get()
    assert (kept.channel, kept.created_by) == ("sms", su_wan)


def test_the_channel_of_a_message_stays_what_it_was(su_wan):
    kept = MessageTemplate.objects.create(name="会员日提醒", channel=Channel.SMS, text="您好")
    address = reverse("admin:campaigns_messagetemplate_change", args=[kept.pk])
    assert signed_in(su_wan).post(address, form(channel="wecom", text="明天见")).status_code == 302
    kept.refresh_from_db()
    assert (kept.channel, kept.text) == ("sms", "明天见")


def test_nobody_deletes_a_message(su_wan):
    kept = MessageTemplate.objects.create(name="会员日提醒", channel=Channel.SMS, text="您好")
    assert signed_in(su_wan).post(reverse("admin:campaigns_messagetemplate_delete", args=[kept.pk])).status_code == 403
    assert MessageTemplate.objects.exists()


def test_a_test_says_where_it_would_go_or_why_it_cannot(su_wan):
    inbox = MessageTemplate.objects.create(name="站内信", channel=Channel.INBOX, subject="您好", text="您好")
    address = reverse("admin:campaigns_messagetemplate_test", args=[inbox.pk])
    browser = signed_in(su_wan)
    assert "预览" in browser.get(address).content.decode() or "preview" in browser.get(address).content.decode()
    answer = browser.post(address)
    assert answer.status_code == 302
    assert len(told(answer)) == 1


# --- the channels --------------------------------------------------------------------------------------------------
def test_the_page_of_channels_says_what_is_not_set_up_and_what_it_needs(su_wan, settings):
    settings.SMS_URL, settings.WECOM_SECRET = "", ""
    page = signed_in(su_wan).get(reverse("channels")).content.decode()
    assert "SMS_URL" in page
    assert "WECOM_SECRET" in page
    assert '<button class="msg-chip"' not in page


def test_an_administrator_tries_a_channel_and_a_marketer_may_not(su_wan, settings):
    settings.SMS_URL, settings.SMS_KEY, settings.PROVIDERS_MAY_BE_PRIVATE = "https://127.0.0.1:9", "key", False
    assert signed_in(su_wan).post(reverse("channels"), {"channel": "sms"}).status_code == 403
    answer = signed_in(make_admin()).post(reverse("channels"), {"channel": "sms"})
    assert answer.status_code == 302
    assert "not_reached" in told(answer)[0]
