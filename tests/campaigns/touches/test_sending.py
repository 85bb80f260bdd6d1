"""Sending: words and address as they leave, what the provider says, and what nobody knows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.channels.base import Came, Sent
from campaigns.models import Touch, TouchText
from campaigns.touches import claiming, outcomes
from campaigns.touches.sending import deliver, send_due
from members.models import Consent
from members.privacy import consents
from tests.campaigns.touches.post import make_message, make_reader, notice, state
from tests.makers import make_coupon

pytestmark = pytest.mark.django_db


def lease_runs_out() -> None:
    """The database's clock is nobody's to move, so the leases are."""
    Touch.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(days=9999))


def test_a_message_leaves_in_the_members_own_words_and_they_are_kept(pigeon):
    mei = make_reader("张晓梅", phone="13812345678")
    (touch,) = notice(mei)
    assert send_due() == 1
    (got,) = pigeon.got
    assert (got.address, got.key, got.attempt) == ("13812345678", f"tch-{touch.pk}", 1)
    assert "晓梅您好" in got.text
    assert TouchText.objects.get().text == got.text
    assert state(touch) == ("accepted", "")
    assert (touch.provider_id, touch.lease_until, touch.at) == (f"p{touch.pk}", None, timezone.now())
    assert send_due() == 0
    assert len(pigeon.got) == 1


def test_two_coupons_for_one_member_are_told_of_each_in_its_own_message(pigeon):
    mei = make_reader()
    coupons = [make_coupon(member=mei) for _ in range(2)]
    for coupon in coupons:
        notice(mei, message=make_message("{coupon_code}"), coupons={mei.pk: coupon.pk})
    send_due()
    assert len({one.text for one in pigeon.got}) == len({one.touch_id for one in pigeon.got}) == 2


def test_what_the_provider_turns_down_is_final(pigeon):
    pigeon.says = lambda one: Sent(one.touch_id, Came.REJECTED, reason="number_unknown")
    (touch,) = notice(make_reader())
    send_due()
    assert (state(touch), send_due(), len(pigeon.got)) == (("rejected", "number_unknown"), 0, 1)


def test_what_is_unclear_is_asked_for_and_never_sent_again_on_a_guess(pigeon):
    pigeon.says = lambda one: Sent(one.touch_id, Came.UNKNOWN)
    (touch,) = notice(make_reader())
    send_due()
    assert state(touch)[0] == "unknown"
    lease_runs_out()
    send_due()
    assert (state(touch)[0], len(pigeon.got), len(pigeon.asked)) == ("unknown", 1, 1)
    lease_runs_out()
    pigeon.knows = lambda one: Sent(one.touch_id, Came.ACCEPTED, "p9", delivered_at=timezone.now())
    send_due()
    assert (state(touch), touch.provider_id, touch.delivered_at) == (("accepted", ""), "p9", timezone.now())
    assert len(pigeon.got) == 1


def test_a_provider_that_answers_slowly_is_not_asked_on_and_on_while_others_wait(pigeon, time_machine):
    pigeon.says = lambda one: Sent(one.touch_id, Came.UNKNOWN)
    (unclear,) = notice(make_reader())
    send_due()
    lease_runs_out()

    def slowly(one):
        time_machine.shift(70)  # longer than an unclear message is left in peace at first
        if len(pigeon.asked) > 2:
            pytest.fail("asked on and on")
        return Sent(one.touch_id, Came.UNKNOWN)

    pigeon.knows, pigeon.says = slowly, lambda one: Sent(one.touch_id, Came.ACCEPTED)
    (waiting,) = notice(make_reader("周子涵"))
    send_due()
    send_due()
    assert (state(unclear)[0], state(waiting), len(pigeon.asked)) == ("unknown", ("accepted", ""), 1)


def test_only_when_the_provider_is_sure_it_never_came_it_is_sent_again(pigeon):
    pigeon.says = lambda one: Sent(one.touch_id, Came.UNKNOWN)
    (touch,) = notice(make_reader())
    send_due()
    lease_runs_out()
    pigeon.knows = lambda one: Sent(one.touch_id, Came.PLANNED, retry_at=timezone.now())
    pigeon.says = lambda one: Sent(one.touch_id, Came.ACCEPTED)
    send_due()
    assert (state(touch), [one.attempt for one in pigeon.got]) == (("accepted", ""), [1, 2])


def test_a_provider_that_breaks_off_or_says_nothing_leaves_it_unclear(pigeon):
    def breaks(one):
        raise ConnectionResetError

    pigeon.says = breaks
    (touch,) = notice(make_reader())
    send_due()
    assert state(touch) == ("unknown", "no_answer")
    pigeon.send = lambda batch: []
    (other,) = notice(make_reader("何俊"))
    send_due()
    assert state(other) == ("unknown", "no_answer")


def test_a_worker_that_died_leaves_it_unclear_unless_the_provider_knows_it_again(pigeon):
    (touch,) = notice(make_reader())
    claiming.claim()
    lease_runs_out()
    send_due()
    assert (state(touch)[0], pigeon.got, len(pigeon.asked)) == ("unknown", [], 1)
    (other,) = notice(make_reader("何俊"))
    claiming.claim()
    lease_runs_out()
    pigeon.idempotent = True
    send_due()
    assert (state(other), len(pigeon.got)) == (("accepted", ""), 1)


def test_an_answer_that_comes_late_counts_and_one_of_another_attempt_does_not(pigeon):
    (touch,) = notice(make_reader())
    claiming.claim()
    lease_runs_out()
    Touch.objects.update(state="unknown")
    assert outcomes.record([Sent(touch.pk, Came.REJECTED, reason="late")], {touch.pk: 2}) == 0
    assert state(touch)[0] == "unknown"
    assert outcomes.record([Sent(touch.pk, Came.ACCEPTED)], {touch.pk: 1}) == 1
    assert outcomes.record([Sent(touch.pk, Came.REJECTED)], {touch.pk: 1}) == 0
    assert state(touch) == ("accepted", "")


def test_whoever_withdraws_between_claim_and_call_is_left_alone(pigeon):
    mei, jun = make_reader(), make_reader("何俊")
    touches = notice(mei, jun)
    claimed = claiming.claim()
    consents.withdraw(mei, "sms")
    deliver(claimed, claiming.LEASE.total_seconds() * 10**9)
    assert [state(one) for one in touches] == [("suppressed", "no_consent"), ("accepted", "")]
    assert [one.member_id for one in pigeon.got] == [jun.pk]
    assert Consent.objects.filter(member=mei, granted=False).exists()


def test_when_the_lease_is_nearly_over_nothing_leaves(pigeon):
    (touch,) = notice(make_reader())
    deliver(claiming.claim(), -(10.0**9))
    assert (state(touch), pigeon.got) == (("planned", "lease_over"), [])


def test_a_thousand_letters_cost_as_many_questions_as_ten(pigeon, django_assert_max_num_queries):
    pigeon.at_once = 100
    notice(*[make_reader(f"沈{nth}") for nth in range(20)])
    with django_assert_max_num_queries(40):
        assert send_due() == 20
    assert len(pigeon.got) == 20
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM campaigns_touchtext")
        assert cursor.fetchone() == (20,)
