"""The touch ledger: every offer that left is in it once, and the next one sees who was in touch last."""

import pytest

from campaigns import touches
from campaigns.models import Touch
from tests.campaigns.scenery import deliver_again, deliver_all, last_batch, sent_offer
from tests.makers import days_ago, make_guide, make_member, make_touch

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin():
    """Lin Xiaoman, a guide."""
    return make_guide()


@pytest.fixture
def zihan(lin):
    """Zhou Zihan, one of her members."""
    return make_member("周子涵", guide=lin)


def test_an_offer_that_left_is_a_touch_once_however_often_it_is_told(lin, zihan):
    offer = sent_offer(lin, zihan, reason="golden_window")
    deliver_all()
    deliver_again(last_batch())
    touch = Touch.objects.get()
    assert (touch.member, touch.guide, touch.store, touch.channel) == (zihan, lin, lin.store, "wecom")
    assert (touch.source, touch.source_id, touch.step, touch.state) == ("offer", offer.pk, "golden_window", "accepted")
    assert touch.at == offer.sent_at


def test_an_offer_that_has_not_left_is_none(lin, zihan):
    offer = sent_offer(lin, zihan)
    offer.sent_at = None
    offer.save()
    deliver_all()
    assert not Touch.objects.exists()


def test_the_last_contact_is_anybodys_and_only_what_reached_the_member_counts(lin, zihan):
    he = make_guide("何俊")
    make_touch(zihan, guide=lin, at=days_ago(9))
    make_touch(zihan, guide=he, at=days_ago(2), channel="sms")
    make_touch(zihan, guide=lin, at=days_ago(1), state="rejected")
    contact = touches.last_contact(zihan)
    assert (contact.guide, contact.channel, contact.days_ago) == (he, "sms", 2)
    assert touches.touches_in_week(zihan) == 1
    assert touches.last_contact(make_member("许静雯", guide=lin)) is None


@pytest.mark.parametrize("offers", [1, 500])
def test_recording_takes_one_statement_for_one_offer_and_for_many(lin, offers, django_assert_num_queries):
    members = [make_member(f"会员{nth}", guide=lin) for nth in range(min(offers, 20))]
    ids = [sent_offer(lin, members[nth % len(members)], tell=False).pk for nth in range(offers)]
    with django_assert_num_queries(1):
        assert touches.record_offers(ids) == offers
    assert touches.record_offers(ids) == 0
