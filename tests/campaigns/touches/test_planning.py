"""Planning messages: many members in one statement, each once, whoever plans again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns.models import Touch
from campaigns.touches.planning import plan, plan_rows
from tests.campaigns.touches.post import make_message, make_occurrence
from tests.makers import make_coupon, make_guide, make_member

pytestmark = pytest.mark.django_db


def planned(*members, occurrence, message, **more) -> int:
    who = [member.pk for member in members]
    more.setdefault("due_at", timezone.now())
    return plan(
        "campaign", message.channel, message.pk, members=who, source_ids=[occurrence.pk] * len(who), step="notice",
        **more,
    )  # fmt: skip


def test_a_message_is_planned_once_for_each_member_however_often():
    occurrence, message, mei, jun = make_occurrence(), make_message(), make_member("张晓梅"), make_member("何俊")
    assert planned(mei, occurrence=occurrence, message=message) == 1
    assert planned(mei, jun, occurrence=occurrence, message=message) == 1
    assert planned(mei, jun, occurrence=occurrence, message=message) == 0
    assert Touch.objects.filter(state="planned", attempt=0).count() == 2


def test_another_channel_or_date_is_another_message():
    occurrence, mei = make_occurrence(), make_member()
    assert planned(mei, occurrence=occurrence, message=make_message()) == 1
    assert planned(mei, occurrence=occurrence, message=make_message(channel="inbox", subject="会员日")) == 1
    assert planned(mei, occurrence=make_occurrence(), message=make_message()) == 1


def test_it_knows_store_coupon_value_and_when_it_makes_no_sense():
    lin = make_guide("林小满")
    mei, message, due = make_member(guide=lin), make_message(), timezone.now() + timedelta(hours=2)
    coupon = make_coupon(member=mei)
    planned(
        mei,
        occurrence=make_occurrence(),
        message=message,
        due_at=due,
        value=Decimal("3.50"),
        coupons={mei.pk: coupon.pk},
    )
    touch = Touch.objects.get()
    assert (touch.store, touch.guide, touch.coupon_id, touch.value) == (lin.store, None, coupon.pk, Decimal("3.50"))
    assert (touch.due_at, touch.at, touch.stale_at, touch.message) == (due, due, due + timedelta(days=7), message)


def test_what_a_guide_confirms_is_put_down_to_the_guide():
    lin = make_guide("林小满")
    planned(make_member(guide=lin), occurrence=make_occurrence(), message=make_message(channel="wecom"))
    assert Touch.objects.get().guide == lin


def test_a_statement_says_who_gets_it():
    mei, jun = make_member("张晓梅"), make_member("何俊")
    occurrence, message = make_occurrence(), make_message()
    rows = "SELECT m.id, %(occurrence)s, 2.5, NULL::bigint FROM members_member m WHERE m.name LIKE %(like)s"
    given = {"occurrence": occurrence.pk, "like": "张%"}
    assert plan_rows(rows, given, "campaign", "sms", message.pk, due_at=timezone.now()) == 1
    assert list(Touch.objects.values_list("member", "value")) == [(mei.pk, Decimal("2.50"))]
    assert not Touch.objects.filter(member=jun).exists()


def test_a_channel_nobody_knows_is_a_mistake_and_plans_nothing():
    with pytest.raises(ValueError, match="pigeon"):
        plan("campaign", "pigeon", 1, members=[1], source_ids=[1], due_at=timezone.now())
    assert not Touch.objects.exists()
