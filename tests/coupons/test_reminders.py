"""Reminders of coupons about to end: once each, some days before, made up for after an outage, none for short lives."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction

from coupons import reminders
from coupons.models import Coupon, ReminderMark
from members import chronicle
from stores import policy
from stores.models import Job
from tests.coupons.shop import redeem, told
from tests.makers import make_coupon, make_member, make_store, make_template

pytestmark = pytest.mark.django_db

NIGHT = "T00:20:00+08:00"


def night_of(day: str) -> int:
    """The nightly job of a day; how many were reminded."""
    with time_machine.travel(f"{day}{NIGHT}", tick=False):
        policy.forget()
        job = Job(kind="coupons.remind", params={"day": day})
        for _chunk in range(20):
            with transaction.atomic():
                if reminders.remind_chunk(job):
                    break
        return job.result.get("reminded", 0)


def given(day: str, *, days: int, member=None, clock: str = "12:00:00", **fields) -> Coupon:
    """A coupon of that many days given at noon of a day."""
    with time_machine.travel(f"{day}T{clock}+08:00", tick=False):
        return make_coupon(member, template=make_template(valid_days=days, **fields))


def reminded() -> list[int]:
    return [fact.subject for fact in told("coupon.expiring")]


def test_three_days_before_its_end_and_never_again():
    coupon = given("2026-11-01", days=10)  # its last day is 10 November
    assert [night_of(f"2026-11-{day:02}") for day in range(2, 12)] == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert reminded() == [coupon.pk]
    assert told("coupon.expiring")[0].member_id == coupon.member_id


def test_a_life_shorter_than_the_reminder_has_none():
    given("2026-11-01", days=4)
    told_of = given("2026-11-01", days=5)
    night_of("2026-11-01")
    assert [night_of(f"2026-11-{day:02}") for day in range(2, 7)] == [1, 0, 0, 0, 0]
    assert reminded() == [told_of.pk]


def test_a_coupon_that_can_only_be_used_since_a_day_ago_has_none():
    given("2026-11-01", days=2, start_after_days=8)
    assert sum(night_of(f"2026-11-{day:02}") for day in range(2, 12)) == 0


def test_what_an_outage_left_out_is_made_up_for_but_not_for_what_is_over():
    over, live = given("2026-11-01", days=6), given("2026-11-01", days=9)
    night_of("2026-11-02")
    assert night_of("2026-11-08") == 1
    assert reminded() == [live.pk]
    assert over.pk not in reminded()


def test_used_and_withdrawn_ones_are_left_alone():
    used, kept = given("2026-11-01", days=10), given("2026-11-01", days=10)
    with time_machine.travel("2026-11-03T12:00:00+08:00"):
        redeem(used)
    night_of("2026-11-07")
    assert reminded() == [kept.pk]


def test_chunk_by_chunk_none_is_lost_or_told_twice(monkeypatch):
    monkeypatch.setattr(reminders, "CHUNK", 2)
    member = make_member()
    coupons = [given("2026-11-01", days=10, member=member) for _nth in range(5)]
    assert night_of("2026-11-07") == 5
    assert reminded() == [one.pk for one in coupons]


def test_a_chunk_that_fails_moves_nothing(monkeypatch):
    coupon = given("2026-11-01", days=10)
    night_of("2026-11-02")
    before = ReminderMark.objects.get().until

    def broken(*_args, **_more):
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(ReminderMark, "save", broken)
        with pytest.raises(RuntimeError):
            night_of("2026-11-07")
    assert (reminded(), ReminderMark.objects.get().until) == ([], before)
    night_of("2026-11-07")
    assert reminded() == [coupon.pk]


def test_each_store_has_its_own_midnight():
    west = given("2026-11-01", days=10, member=make_member(home_store=make_store(time_zone="Asia/Urumqi")))
    east = given("2026-11-01", days=10, member=make_member(home_store=make_store()))
    night_of("2026-11-07")
    assert sorted(reminded()) == [west.pk, east.pk]


def test_headquarters_choose_how_many_days_and_none_at_all():
    coupon = given("2026-11-01", days=10)
    policy.change("coupons.remind_days", 0, by=None)
    assert night_of("2026-11-09") == 0
    policy.change("coupons.remind_days", 5, by=None)
    assert night_of("2026-11-05") == 1
    policy.change("coupons.remind_days", 3, by=None)
    assert night_of("2026-11-07") == 0
    assert reminded() == [coupon.pk]


def test_an_end_that_was_put_off_is_not_told_of_twice():
    coupon = given("2026-11-01", days=10)
    night_of("2026-11-07")
    Coupon.objects.update(valid_until=coupon.valid_until + timedelta(days=10))
    night_of("2026-11-17")
    assert reminded() == [coupon.pk]


def test_the_timeline_says_it_in_words():
    given("2026-11-01", days=10)
    night_of("2026-11-07")
    [entry] = chronicle.in_words(told("coupon.expiring"))
    assert "满60减10" in entry.title
    assert "11-10" in entry.note
