"""What HQ, journeys, the member and an erasure find of messages afterwards."""

import pytest
from django.utils import timezone

from campaigns import forgetting, personal
from campaigns.models import Touch, TouchText
from campaigns.touches import tallies
from campaigns.touches.planning import plan
from campaigns.touches.sending import send_due
from members.privacy import consents
from tests.campaigns.journeys.house import make_journey
from tests.campaigns.touches.post import make_message, make_reader, make_trip, notice, state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pigeon")]


def test_a_journey_knows_how_the_messages_of_each_step_stand():
    journey = make_journey({"key": "w", "kind": "wait", "days": 2})
    who = [make_reader(name) for name in ("张晓梅", "何俊", "沈可")]
    trips = [make_trip(journey, member).pk for member in who]
    consents.withdraw(who[2], "sms")
    for step in ("m", "n"):
        plan(
            "journey", "sms", make_message().pk, members=[one.pk for one in who], source_ids=trips, step=step,
            due_at=timezone.now(),
        )  # fmt: skip
    Touch.objects.filter(step="n").update(due_at=None)
    send_due()
    counted = {"m": {"accepted": 2, "suppressed:no_consent": 1}, "n": {"planned": 3}}
    assert tallies.by_step(journey.pk) == tallies.by_step(journey.pk, journey.version.pk) == counted
    assert tallies.by_step(journey.pk, 0) == {}


def test_a_campaign_knows_them_by_channel():
    (touch,) = notice(make_reader())
    send_due()
    assert tallies.of_occurrence(touch.source_id) == {"sms": {"accepted": 1}}


def test_a_member_may_take_along_what_they_were_told():
    mei = make_reader("张晓梅")
    notice(mei)
    send_due()
    (row,) = personal.contacts([mei.pk])
    assert (row["channel"], row["state"]) == ("sms", "accepted")
    assert "晓梅您好" in row["text"]


def test_an_erasure_takes_the_words_and_what_was_to_come():
    mei, jun = make_reader("张晓梅"), make_reader("何俊")
    sent = notice(mei, jun)
    send_due()
    (coming,) = notice(mei)
    removed = forgetting.forget([mei.pk])
    assert (removed["planned_messages"], removed["message_words"]) == (1, 1)
    assert (state(coming), state(sent[0])) == (("suppressed", "member_gone"), ("accepted", ""))
    assert list(TouchText.objects.values_list("touch", flat=True)) == [sent[1].pk]
