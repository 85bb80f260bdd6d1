"""A WeCom message that no guide confirms is stopped at WeCom and counts as turned down; nobody forgets it before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.channels.wecom import client
from campaigns.models import Touch, TouchText
from campaigns.touches.asking import ask_due
from members.models import IdentityKind
from members.oneid import identities
from tests.campaigns.channels.provider import Reply, provider
from tests.campaigns.channels.test_wecom import CANCEL, RESULT, WeCom, rows
from tests.makers import make_guide, make_member, make_touch

pytestmark = pytest.mark.django_db


@pytest.fixture
def lying(settings):
    """A message that lies before Lin Xiaoman, laid there the given days ago, and is due to be asked about."""
    settings.PROVIDERS_MAY_BE_PRIVATE = True
    settings.WECOM_CORP_ID, settings.WECOM_SECRET = "corp", "secret"
    client.forget()

    def made(days: float, *, due: bool = True, channel: str = "wecom") -> Touch:
        lin, now = make_guide("林小满", employee_no=None), timezone.now()
        member = make_member("周子涵", guide=lin)
        identities.attach(member, IdentityKind.WECOM_EXTERNAL_ID, "wm-1" if channel == "wecom" else "wm-2")
        lease = now + timedelta(minutes=-1 if due else 30)
        touch = make_touch(
            member, source="journey", state="unknown", channel=channel, provider_id="m-1", attempt=1, lease_until=lease,
            at=now - timedelta(days=days),
        )  # fmt: skip
        TouchText.objects.create(touch=touch, text="您好")
        return touch

    yield made
    client.forget()


def ask(settings, touch: Touch) -> tuple[list[str], tuple[str, str]]:
    with provider(WeCom(**{RESULT: rows(n1=0), CANCEL: Reply({"errcode": 0})})) as wecom:
        settings.WECOM_URL = wecom.url
        ask_due()
    touch.refresh_from_db()
    return [call.path for call in wecom.calls[1:]], (touch.state, touch.suppressed_by)


def test_as_long_as_there_is_time_it_is_asked_for_and_left_lying(settings, lying):
    assert ask(settings, lying(1)) == ([RESULT], ("unknown", "waits_for_guide"))


def test_when_time_is_up_it_is_stopped_and_then_turned_down(settings, lying):
    assert ask(settings, lying(3.1)) == ([RESULT, CANCEL], ("rejected", "not_confirmed"))


def test_it_is_not_given_up_between_two_questions_however_long_it_lies(settings, lying):
    touch = lying(3.1, due=False)
    assert ask(settings, touch) == ([], ("unknown", ""))
    assert touch.lease_until is not None
    texted = lying(3.1, due=False, channel="sms")  # the control: what no person confirms is given up
    assert ask(settings, texted)[1] == ("unknown", "never_known")
