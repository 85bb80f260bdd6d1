"""Journeys give packs and plan messages: each once, with the coupon they speak of, and nobody stands still for it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns.journeys.entering import enter
from campaigns.journeys.flows import FlowInvalid
from campaigns.models import MessageTemplate, Touch, TouchState, TripState
from coupons import packcatalogue
from coupons.models import Coupon, GivenPack, Origin
from tests.campaigns.journeys.house import MANUAL, go_on, make_journey, story_of, trip_of
from tests.campaigns.scenery import facts_of
from tests.makers import make_coupon, make_member, make_pack, make_template

pytestmark = pytest.mark.django_db


def make_message(**fields):
    fields = {"name": "第二单短信", "channel": "sms", "text": "{name}，{coupon}已到账", **fields}
    return MessageTemplate.objects.create(**fields)


def walk(journey, *members, entry="hand:1"):
    assert enter(journey, {one.pk: entry for one in members}, at=timezone.now()) == len(members)
    go_on()


def test_a_message_is_planned_once_with_its_worth_and_the_coupon_of_the_step_before(time_machine):
    time_machine.move_to("2026-11-10T02:00:00Z", tick=False)
    mei, message = make_member(), make_message()
    facts_of(mei, orders=2, last=3, average_basket=Decimal("80.00"))
    journey = make_journey(
        {"key": "c", "kind": "coupon", "template": make_template().pk},
        {"key": "m", "kind": "message", "message": message.pk, "keep": 2, "uplift": 10},
        trigger=MANUAL,
    )
    walk(journey, mei)
    touch = Touch.objects.get()
    assert (touch.source, touch.source_id, touch.step, touch.channel) == ("journey", trip_of(mei).pk, "m", "sms")
    assert (touch.state, touch.message, touch.value) == (TouchState.PLANNED, message, Decimal("8.00"))
    assert touch.coupon_id == Coupon.objects.get().pk
    assert (touch.due_at, touch.stale_at) == (timezone.now(), timezone.now() + timedelta(days=2))
    assert story_of(mei) == ["c: issued", "m: planned"]
    assert trip_of(mei).state == TripState.THROUGH
    go_on()
    assert Touch.objects.count() == 1


def test_a_message_that_is_no_longer_used_is_passed_by():
    mei, message = make_member(), make_message()
    journey = make_journey({"key": "m", "kind": "message", "message": message.pk}, trigger=MANUAL)
    MessageTemplate.objects.update(is_active=False)
    walk(journey, mei)
    assert story_of(mei) == ["m: message_inactive"]
    assert not Touch.objects.exists()


def test_a_journey_names_a_message_that_exists():
    with pytest.raises(FlowInvalid):
        make_journey({"key": "m", "kind": "message", "message": 987}, trigger=MANUAL)


def test_a_pack_is_given_once_per_trip():
    mei, bo = make_member(), make_member("李波")
    pack = make_pack((make_template(), 2), (make_template("满99减20"), 1, 7))
    journey = make_journey({"key": "p", "kind": "pack", "pack": pack.pk}, trigger=MANUAL, reentry="always")
    walk(journey, mei, bo)
    assert story_of(mei) == ["p: given"]
    given = GivenPack.objects.get(member=mei)
    assert (given.origin, given.origin_id, trip_of(mei).visits.get().subject) == (
        Origin.JOURNEY, journey.pk, given.pk,
    )  # fmt: skip
    assert Coupon.objects.filter(member=mei).count() == 2
    walk(journey, mei, entry="hand:2")
    assert GivenPack.objects.filter(member=mei).count() == 2  # another trip, another pack
    assert GivenPack.objects.filter(member=bo).count() == 1


def test_who_can_have_nothing_of_a_pack_goes_on_without():
    mei, last = make_member(), make_template(stock=1)
    pack = make_pack((last, 1))
    make_coupon(template=last)  # somebody else got the last one
    stopped = make_pack((make_template("满99减20"), 1), name="停了的券包")
    journey = make_journey(
        {"key": "p", "kind": "pack", "pack": pack.pk}, {"key": "q", "kind": "pack", "pack": stopped.pk}, trigger=MANUAL
    )
    packcatalogue.stop(stopped, None)
    walk(journey, mei)
    assert story_of(mei) == ["p: stock_spent", "q: pack_not_active"]
    assert not GivenPack.objects.exists()
    assert not Coupon.objects.filter(member=mei).exists()
