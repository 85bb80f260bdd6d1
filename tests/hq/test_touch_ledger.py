"""The ledger of touches in the admin: what waits, why and until when, and the words as they left."""

import pytest
from django.urls import reverse

from campaigns.channels import CHANNELS
from campaigns.touches.sending import send_due
from tests.campaigns.touches.post import Pigeon, make_reader, notice, state
from tests.makers import make_member

pytestmark = pytest.mark.django_db
LIST = "admin:campaigns_touch_changelist"


@pytest.fixture(autouse=True)
def _night(monkeypatch, time_machine):
    monkeypatch.setitem(CHANNELS, "sms", Pigeon())
    time_machine.move_to("2026-11-18T21:30:00+08:00", tick=False)


def test_the_list_says_what_waits_why_and_until_when(as_staff):
    (late,), (never,) = notice(make_reader("张晓梅")), notice(make_member("何俊", phone="13812345678"))
    send_due()
    browser = as_staff("hq")
    page = browser.get(reverse(LIST)).content.decode()
    assert str(late.member) in page
    assert str(never.member) in page
    only = browser.get(reverse(LIST), {"suppressed_by": "no_consent", "channel": "sms"}).content.decode()
    assert str(never.member) in only
    assert str(late.member) not in only
    assert state(late) == ("planned", "quiet_hours")


def test_the_page_of_a_message_shows_its_words(as_staff, time_machine):
    time_machine.move_to("2026-11-18T12:00:00+08:00", tick=False)
    (touch,) = notice(make_reader("张晓梅"))
    send_due()
    page = as_staff("admin").get(reverse("admin:campaigns_touch_change", args=[touch.pk])).content.decode()
    assert "晓梅您好，会员日到了。" in page
