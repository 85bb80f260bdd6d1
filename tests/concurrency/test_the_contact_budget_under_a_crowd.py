"""The contact budget when machines and guides want the last place at the same moment; and without the lock."""

import threading
from functools import partial

import pytest
from django.db import connection, transaction

from campaigns.channels import CHANNELS
from campaigns.models import Touch
from campaigns.touches import claiming
from coupons import offers
from coupons.models import Offer
from members.models import Consent
from stores.errors import Refusal
from stores.policy import change, forget
from tests.campaigns.touches.post import Pigeon, make_reader, notice
from tests.concurrency.crowd import at_once
from tests.makers import days_ago, make_guide

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mei(monkeypatch, time_machine):
    """Zhang Xiaomei agreed to text messages and WeCom, and has a guide. It is noon."""
    time_machine.move_to("2026-11-18T04:00:00Z", tick=False)
    monkeypatch.setitem(CHANNELS, "sms", Pigeon())
    mei = make_reader(guide=make_guide("林小满"))
    Consent.objects.create(member=mei, channel="wecom", granted=True, wording_version="1", at=days_ago(1))
    change("offers.member_weekly_cap", 50, by=None)
    forget()
    return mei


def writes(mei, key: str) -> Offer:
    """Lin Xiaoman writes to her."""
    return offers.send(mei.guide, mei, template=None, text="您好", channel="wecom", request_key=key)


def contacts() -> int:
    return Touch.objects.exclude(state__in=["planned", "suppressed"]).count() + Offer.objects.count()


def test_however_many_machines_and_guides_want_a_place_there_are_two_a_day(mei):
    for _ in range(12):
        notice(mei)
    outcome = at_once([claiming.claim] * 8 + [partial(writes, mei, f"k{nth}") for nth in range(8)])
    assert outcome.broken == []
    claiming.claim()
    assert contacts() == 2
    assert set(outcome.refused) <= {"contact_budget"}


def meanwhile(mei, seconds: float) -> tuple[int, list[str]]:
    """A machine has claimed two messages and does not commit for so long, or until Lin has written meanwhile. Returns
    the contacts and what she was refused for."""
    refused: list[str] = []

    def guide() -> None:
        try:
            writes(mei, "meanwhile")
        except Refusal as refusal:
            refused.append(refusal.code)
        finally:
            connection.close()

    writer = threading.Thread(target=guide)
    with transaction.atomic():
        assert claiming.claim().decided == 2
        writer.start()
        writer.join(seconds)
    writer.join(30)
    return contacts(), refused


def test_a_guide_who_writes_while_a_machine_claims_waits_for_its_answer(mei):
    notice(mei)
    notice(mei)
    assert meanwhile(mei, 1.5) == (2, ["contact_budget"])


def test_without_the_lock_there_is_a_third_contact(mei, monkeypatch):
    """The control."""
    monkeypatch.setattr(
        claiming, "FREE_MEMBERS", claiming.FREE_MEMBERS.replace("FOR NO KEY UPDATE OF m SKIP LOCKED", "")
    )
    notice(mei)
    notice(mei)
    assert meanwhile(mei, 30) == (3, [])


def test_many_workers_claim_every_message_once(mei, monkeypatch):
    touches = notice(*[make_reader(f"沈{nth}") for nth in range(60)])
    outcome = at_once([partial(claiming.claim, size=10)] * 8)
    assert outcome.broken == []
    while (rest := claiming.claim(size=10)).decided:
        outcome.done.append(rest)
    taken = [pk for one in outcome.done for pk in one.leaving.get("sms", {})]
    assert sorted(taken) == sorted(one.pk for one in touches)
    assert set(Touch.objects.values_list("attempt", flat=True)) == {1}
