"""The door for providers: what is signed counts, once; everybody else learns nothing."""

import json
import time

import pytest

from campaigns.channels.sms import signature
from campaigns.touches.sending import send_due
from members.models import Consent
from tests.campaigns.touches.post import make_reader, notice, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(settings, client):
    """Pushes to /receipts/sms/ under the key that both sides know, or under another."""
    settings.SMS_PUSH_KEY = "between us"

    def push(body, *, channel: str = "sms", sign=signature):
        raw, stamp = json.dumps(body).encode(), str(int(time.time()))
        signed = {"X-Timestamp": stamp, "X-Signature": sign(stamp, raw)}
        return client.post(f"/receipts/{channel}/", raw, content_type="application/json", headers=signed)

    return push


@pytest.fixture
def touch(pigeon, monkeypatch):
    (touch,) = notice(make_reader(phone="13812345678"))
    send_due()
    monkeypatch.undo()  # from here on the real channel listens
    return touch


def test_a_signed_receipt_is_written_down_and_may_come_twice(gateway, touch):
    receipt = {"receipts": [{"id": f"tch-{touch.pk}", "state": "delivered", "at": "2026-11-18T11:59:55+08:00"}]}
    for _ in range(2):
        assert gateway(receipt).status_code == 200
    assert state(touch) == ("accepted", "")
    assert touch.delivered_at.isoformat() == "2026-11-18T03:59:55+00:00"


def test_who_answers_that_they_want_no_more_is_asked_no_more(gateway, touch):
    reply = {"replies": [{"from": "13812345678", "text": "R", "at": "2026-11-18T12:00:00+08:00"}]}
    assert gateway(reply).status_code == 200
    assert not Consent.objects.filter(channel="sms").latest("at", "pk").granted
    (next_one,) = notice(touch.member)
    send_due()
    assert state(next_one) == ("suppressed", "no_consent")


def test_without_the_key_nothing_is_believed(gateway, touch, client):
    failed = {"receipts": [{"id": f"tch-{touch.pk}", "state": "failed", "at": "2026-11-18T11:59:55+08:00"}]}
    assert gateway(failed, sign=lambda stamp, raw: "0" * 64).status_code == 404
    assert gateway(failed, channel="inbox").status_code == gateway(failed, channel="pigeons").status_code == 404
    assert client.get("/receipts/sms/").status_code == 405
    assert state(touch) == ("accepted", "")
    assert gateway(failed).status_code == 200
    assert state(touch)[0] == "rejected"  # control: with the key it counts


def test_what_cannot_be_read_is_refused(gateway, touch):
    for body in ([], {"receipts": 7}, {"receipts": [{}]}, "x"):
        assert gateway(body).status_code == 422
