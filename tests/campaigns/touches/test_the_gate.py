"""The gate: what leaves, what waits and until when, what never leaves; and who wins when several want one place."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Arm, Participant, Touch
from campaigns.touches import policy
from campaigns.touches.claiming import claim
from campaigns.touches.planning import plan
from coupons.models import CouponState
from members.models import Identity, MemberState
from members.privacy import consents
from stores.policy import change, forget
from tests.campaigns.journeys.house import make_journey
from tests.campaigns.touches.post import make_message, make_reader, make_trip, notice, state
from tests.makers import make_coupon, make_guide, make_member, make_touch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pigeon")]


def test_what_nothing_stands_against_is_claimed_once():
    (touch,) = notice(make_reader())
    assert claim().leaving == {"sms": {touch.pk: 1}}
    assert state(touch) == ("claimed", "")
    assert claim().decided == 0  # control: it is held


def test_nothing_leaves_before_its_time(time_machine):
    (touch,) = notice(make_reader(), due_at=timezone.now() + timedelta(minutes=10))
    assert (claim().decided, state(touch)) == (0, ("planned", ""))
    time_machine.shift(timedelta(minutes=10))
    assert claim().decided == 1


def test_marketing_needs_a_yes_and_a_service_notice_does_not():
    mei = make_member(phone="13812345678")
    (asked,) = notice(mei)
    (told,) = notice(mei, message=make_message("您的券明天到期", purpose="service"))
    claim()
    assert (state(asked), state(told)) == (("suppressed", "no_consent"), ("claimed", ""))


def test_whoever_withdraws_is_left_alone():
    mei = make_reader()
    (touch,) = notice(mei)
    consents.withdraw(mei, "sms")
    assert claim().leaving == {}
    assert state(touch) == ("suppressed", "no_consent")


def test_in_quiet_hours_it_waits_for_the_morning_but_not_in_the_inbox(time_machine):
    time_machine.move_to("2026-11-18T21:30:00+08:00", tick=False)
    mei = make_reader()
    (loud,), (still,) = notice(mei), notice(mei, message=make_message(channel="inbox", subject="会员日"))
    assert claim().held_back == {"quiet_hours": 1}
    assert (state(loud), state(still)) == (("planned", "quiet_hours"), ("claimed", ""))
    assert timezone.localtime(loud.due_at).isoformat() == "2026-11-19T09:00:00+08:00"
    time_machine.move_to(loud.due_at, tick=False)
    assert claim().leaving == {"sms": {loud.pk: 1}}


def test_offers_and_calls_of_guides_count_towards_the_day():
    lin = make_guide("林小满")
    mei, jun = make_reader(guide=lin), make_reader("何俊", guide=lin)
    for member, times in ((mei, 2), (jun, 1)):
        for nth in range(times):
            make_touch(member, source=Touch.Source.TASK, source_id=nth, channel="phone_call")
    (first, second) = notice(mei, jun)
    claim()
    assert (state(first), state(second)) == (("planned", "cap_day"), ("claimed", ""))
    assert timezone.localtime(first.due_at).isoformat() == "2026-11-19T09:00:00+08:00"
    against = policy.next_allowed(mei, "sms", timezone.now())
    assert (against.code, against.until) == ("cap_day", first.due_at)
    assert policy.next_allowed(make_reader("沈可"), "sms", timezone.now()) is None


def test_the_two_of_whom_most_is_expected_win_and_the_others_wait():
    mei = make_reader()
    touches = [notice(mei, value=value)[0] for value in ("1", "9", "5", "7")]
    claim()
    assert [state(one) for one in touches] == [
        ("planned", "outbid"), ("claimed", ""), ("planned", "outbid"), ("claimed", ""),
    ]  # fmt: skip


def test_a_loser_who_would_be_too_late_is_dropped_with_the_reason():
    mei, tonight = make_reader(), timezone.now() + timedelta(hours=8)
    for value in ("9", "7"):
        notice(mei, value=value)
    (late,) = notice(mei, value="1", stale_at=tonight)
    claim()
    assert state(late) == ("suppressed", "outbid")


def test_what_lay_too_long_is_dropped(time_machine):
    (touch,) = notice(make_reader())
    time_machine.shift(timedelta(days=7))
    claim()
    assert state(touch) == ("suppressed", "stale")


def test_service_notices_pass_the_caps_and_take_no_place():
    mei = make_reader()
    service = make_message("您的券明天到期", purpose="service")
    told = [notice(mei, message=service)[0] for _ in range(4)]
    wanted = [notice(mei)[0] for _ in range(2)]
    claim()
    assert {state(one) for one in (*told, *wanted)} == {("claimed", "")}


def test_the_control_group_and_whoever_reached_the_goal_hear_nothing():
    journey = make_journey({"key": "w", "kind": "wait", "days": 2})
    message, who = make_message(), [make_reader(name) for name in ("张晓梅", "何俊", "沈可")]
    from_trip = [
        make_trip(journey, member, **more)
        for member, more in zip(
            who, ({"arm": Arm.CONTROL, "step": "", "due_at": None}, {"state": "goal"}, {}), strict=True
        )
    ]
    plan(
        "journey", "sms", message.pk, members=[one.pk for one in who], source_ids=[trip.pk for trip in from_trip],
        step="m", due_at=timezone.now(),
    )  # fmt: skip
    claim()
    assert [state(Touch.objects.get(member=one)) for one in who] == [
        ("suppressed", "holdout"), ("suppressed", "goal_reached"), ("claimed", ""),
    ]  # fmt: skip


def test_members_of_a_campaigns_control_group_hear_nothing():
    mei, jun = make_reader("张晓梅"), make_reader("何俊")
    touches = notice(mei, jun)
    for member, held_out in ((mei, True), (jun, False)):
        Participant.objects.create(occurrence_id=touches[0].source_id, member=member, held_out=held_out)
    claim()
    assert [state(one) for one in touches] == [("suppressed", "holdout"), ("claimed", "")]


def test_nothing_is_said_to_the_erased_about_a_used_coupon_or_without_an_address():
    mei, jun, ke = make_reader("张晓梅"), make_reader("何俊"), make_reader("沈可")
    coupon = make_coupon(member=jun)
    (gone,), (used,), (mute,) = notice(mei), notice(jun, coupons={jun.pk: coupon.pk}), notice(ke)
    type(mei).objects.filter(pk=mei.pk).update(state=MemberState.ERASED)
    type(coupon).objects.filter(pk=coupon.pk).update(state=CouponState.VOIDED)
    Identity.objects.filter(member=ke).delete()
    claim()
    assert [state(one)[1] for one in (gone, used, mute)] == ["member_gone", "coupon_gone", "no_address"]


def test_without_its_provider_a_message_rests(pigeon, time_machine):
    (touch,) = notice(make_reader())
    pigeon.on = False
    assert claim().held_back == {"channel_off": 1}
    assert (state(touch), pigeon.got) == (("planned", "channel_off"), [])
    pigeon.on = True
    time_machine.shift(timedelta(hours=1))
    assert claim().leaving == {"sms": {touch.pk: 1}}


def test_the_month_is_as_long_as_headquarters_says():
    change("contacts.per_month", 3, by=None)
    forget()
    mei = make_reader()
    for days in (20, 15, 10):
        make_touch(mei, source=Touch.Source.TASK, source_id=days, at=timezone.now() - timedelta(days=days))
    (touch,) = notice(mei, stale_at=timezone.now() + timedelta(days=20))
    claim()
    assert state(touch) == ("planned", "cap_month")
    assert touch.due_at == timezone.now() + timedelta(days=10)
