"""Orders that are owed to a campaign or to a step of a journey, directly or as the last touch before them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import attribution, audits
from campaigns.models import Attribution, Touch, TouchState, Visit
from coupons.models import Origin
from tests.campaigns.journeys.house import make_journey
from tests.campaigns.lift.people import a_date, travel
from tests.campaigns.scenery import bought, coupon_of, template, used_in
from tests.makers import days_ago, make_guide, make_member

pytestmark = pytest.mark.django_db
WAIT = {"key": "w", "kind": "wait", "days": 2}


def given(member, origin: str, origin_id: int, *, order_no: str, guide=None):
    """A coupon that a machine gave and that was used in an order."""
    coupon = coupon_of(member, template(f"券 {order_no}"), guide=guide)
    coupon.origin, coupon.origin_id = origin, origin_id
    return used_in(coupon, order_no, tell=False)


def told(member, source: str, source_id: int, *, step: str, days: float = 1) -> Touch:
    """A message that left."""
    return Touch.objects.create(
        member=member, source=source, source_id=source_id, step=step, channel="sms", state=TouchState.ACCEPTED,
        at=days_ago(days),
    )  # fmt: skip


def the() -> Attribution:
    return Attribution.objects.get()


def wrong() -> list[str]:
    """The invariants of campaigns that do not hold."""
    found = []
    with connection.cursor() as cursor:
        for name, sql, _words in audits.INVARIANTS:
            cursor.execute(sql)
            found += [name for _row in cursor.fetchall()]
    return found


def test_an_order_with_a_campaigns_coupon_is_owed_to_the_campaign_and_to_no_guide():
    mei, occurrence = make_member("张晓梅", guide=make_guide()), a_date()
    given(mei, Origin.CAMPAIGN, occurrence.member_day_id, order_no="C-1")
    order = bought(mei, "88.00", order_no="C-1", tell=False)
    assert attribution.attribute([order.pk]) == 1
    assert (the().kind, the().source, the().campaign_id) == ("direct", "campaign", occurrence.member_day_id)
    assert (the().guide, the().journey) == (None, None)
    assert attribution.attribute([order.pk]) == 0
    assert wrong() == []


def test_an_order_with_a_journeys_coupon_is_owed_to_the_step_that_gave_it():
    mei, journey = make_member("张晓梅"), make_journey(WAIT)
    (trip,) = travel(journey, [mei], "treated", at=days_ago(5))
    coupon = given(mei, Origin.JOURNEY, journey.pk, order_no="J-1")
    Visit.objects.create(
        trip=trip, version=journey.version, step="c", outcome="issued", subject=coupon.pk, at=days_ago(4)
    )
    attribution.attribute([bought(mei, order_no="J-1", tell=False).pk])
    assert (the().kind, the().source, the().journey, the().step) == ("direct", "journey", journey, "c")
    assert "direct_attribution_has_its_redemption" not in wrong()


def test_the_last_message_before_an_order_is_what_it_is_owed_to_whoever_sent_it():
    mei, journey, occurrence = make_member("张晓梅"), make_journey(WAIT), a_date()
    (trip,) = travel(journey, [mei], "treated", at=days_ago(5))
    told(mei, "campaign", occurrence.pk, step="notice", days=3)
    order = bought(mei, tell=False)
    attribution.attribute([order.pk])
    assert (the().kind, the().source, the().campaign) == ("last_touch", "campaign", occurrence.member_day)
    told(mei, "journey", trip.pk, step="m1", days=2)
    attribution.attribute([order.pk])
    assert (the().source, the().campaign, the().journey, the().step) == ("journey", None, journey, "m1")


def test_a_message_that_was_held_back_or_came_too_early_or_too_late_brought_nothing():
    mei, occurrence = make_member("张晓梅"), a_date()
    told(mei, "campaign", occurrence.pk, step="notice", days=8)
    held = told(mei, "campaign", occurrence.pk, step="second", days=1)
    Touch.objects.filter(pk=held.pk).update(state=TouchState.SUPPRESSED)
    late = told(mei, "campaign", occurrence.pk, step="third", days=0)
    Touch.objects.filter(pk=late.pk).update(at=timezone.now() + timedelta(hours=1))
    attribution.attribute([bought(mei, tell=False).pk])
    assert not Attribution.objects.exists()


def test_a_guides_coupon_is_still_the_guides_and_a_partners_is_nobodys():
    lin = make_guide("林小满")
    mei = make_member("张晓梅", guide=lin)
    given(mei, Origin.OFFER, 0, order_no="G-1", guide=lin)
    given(mei, Origin.PARTNER, 0, order_no="P-1")
    orders = [bought(mei, order_no=order_no, tell=False).pk for order_no in ("G-1", "P-1")]
    attribution.attribute(orders)
    assert (the().order_id, the().source, the().guide) == (orders[0], "offer", lin)
