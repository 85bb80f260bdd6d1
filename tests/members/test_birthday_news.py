"""Coming birthdays are told once a year of their calendar, some days before, however many nights are worked through."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from members import birthdaynews, profiles
from members.birthdays import feast
from members.models import Birthday, Member, MemberState
from stores import jobs, policy
from tests.concurrency.crowd import at_once, meeting
from tests.makers import make_member
from tests.members.shop import told

NIGHT = "2026-11-21T16:20:00Z"  # 00:20 on the 22nd in China


def work_the_night():
    """Run the job as the schedule plans it."""
    return jobs.run_to_end(jobs.plan("members.plan_birthdays", params={}).pk)


@pytest.fixture
def night(time_machine):
    """Twenty minutes past midnight on 2026-11-22."""
    time_machine.move_to(NIGHT, tick=False)
    return time_machine


@pytest.mark.django_db
def test_birthdays_of_the_coming_week_are_told_by_both_calendars(night):
    mei = make_member("张晓梅", birthday=date(1990, 11, 29))
    deng = make_member("邓丽娟", birthday=date(1990, 12, 2), birthday_calendar=Birthday.LUNAR)  # 十月十六
    far = make_member("马骁", birthday=date(1990, 11, 30))
    job = work_the_night()
    assert told(mei, "member.birthday_near") == [{"on": "2026-11-29", "year": 2026, "calendar": "solar"}]
    assert told(deng, "member.birthday_near") == [{"on": "2026-11-24", "year": 2026, "calendar": "lunar"}]
    assert told(far, "member.birthday_near") == []
    assert job.result == {"told": 2}


@pytest.mark.django_db
def test_a_birthday_is_told_once_whichever_nights_follow(night):
    mei = make_member("张晓梅", birthday=date(1990, 11, 24))
    for _nth in range(9):
        work_the_night()
        night.shift(timedelta(days=1))
    assert len(told(mei, "member.birthday_near")) == 1
    night.move_to("2027-11-20T16:20:00Z")
    work_the_night()
    assert [fact["year"] for fact in told(mei, "member.birthday_near")] == [2026, 2027]


@pytest.mark.django_db
def test_who_joins_on_the_day_itself_is_told_the_night_after(night):
    night.move_to("2026-11-23T02:00:00Z")
    mei = make_member("张晓梅", birthday=date(1990, 11, 23), joined_at=timezone.now())
    night.move_to("2026-11-23T16:20:00Z")
    work_the_night()
    assert [fact["on"] for fact in told(mei, "member.birthday_near")] == ["2026-11-23"]


@pytest.mark.django_db
def test_a_birthday_that_is_moved_brings_no_second_one_within_half_a_year(night):
    mei = make_member("张晓梅", birthday=date(1990, 11, 24))
    work_the_night()
    profiles.update(mei, birthday=date(1990, 1, 10))
    night.move_to("2027-01-08T16:20:00Z")
    work_the_night()
    assert len(told(mei, "member.birthday_near")) == 1
    profiles.update(mei, birthday=date(1990, 7, 10))
    night.move_to("2027-07-08T16:20:00Z")
    work_the_night()
    assert len(told(mei, "member.birthday_near")) == 2


@pytest.mark.django_db
def test_a_birthday_told_without_a_year_counts_and_those_who_left_are_left_alone(night):
    mei = make_member("张晓梅")
    profiles.update(mei, feast=feast(Birthday.LUNAR, 10, 16))
    gone = make_member("走了", birthday=date(1990, 11, 24), state=MemberState.ERASED)
    work_the_night()
    assert len(told(mei, "member.birthday_near")) == 1
    assert told(gone, "member.birthday_near") == []


@pytest.mark.django_db
def test_the_night_goes_on_where_it_was_chunk_by_chunk(night, monkeypatch):
    monkeypatch.setattr(birthdaynews, "PER_CHUNK", 2)
    crowd = [make_member(f"会员{nth}", birthday=date(1990, 11, 25)) for nth in range(5)]
    make_member("别的日子", birthday=date(1990, 11, 27))
    assert work_the_night().result == {"told": 6}
    assert [len(told(member, "member.birthday_near")) for member in crowd] == [1] * 5


@pytest.mark.django_db
def test_how_many_days_before_is_for_headquarters_to_say(night):
    policy.change("birthdays.days_before", 1, by=None)
    near, far = make_member("近", birthday=date(1990, 11, 23)), make_member("远", birthday=date(1990, 11, 24))
    work_the_night()
    assert (len(told(near, "member.birthday_near")), len(told(far, "member.birthday_near"))) == (1, 0)


@pytest.mark.django_db
def test_the_day_that_is_kept_follows_the_birthday_wherever_it_is_written():
    mei = make_member("张晓梅", birthday=date(1990, 10, 3))
    assert (mei.feast_month, mei.feast_day) == (10, 3)
    profiles.update(mei, birthday_calendar=Birthday.LUNAR)
    assert Member.objects.values_list("feast_month", "feast_day").get(pk=mei.pk) == (8, 15)
    profiles.update(mei, birthday=None)
    assert Member.objects.values_list("feast_month", "feast_day").get(pk=mei.pk) == (None, None)
    signed = profiles.register([("phone", "13812345678")], birthday=date(1990, 10, 3), birthday_calendar="lunar")
    assert (signed.feast_month, signed.feast_day) == (8, 15)


@pytest.mark.django_db(transaction=True)
def test_two_nights_at_the_same_moment_tell_it_once(night):
    mei = make_member("张晓梅", birthday=date(1990, 11, 24))
    key = next(key for key in birthdaynews.coming(date(2026, 11, 22)) if key.on == date(2026, 11, 24))
    outcome = at_once([lambda: _told_alone(key)] * 8)
    assert outcome.broken == []
    assert len(told(mei, "member.birthday_near")) == 1


def _told_alone(key, then=lambda: None):
    """One run of the night's statement in a transaction of its own."""
    with transaction.atomic():
        told = birthdaynews.tell(key, 0)
        then()
    return told


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_it_would_be_told_more_than_once(night, monkeypatch):
    """The control: nobody has committed before all have told it."""
    monkeypatch.setattr(birthdaynews, "lock_members", list)
    mei = make_member("张晓梅", birthday=date(1990, 11, 24))
    key = next(key for key in birthdaynews.coming(date(2026, 11, 22)) if key.on == date(2026, 11, 24))
    assert at_once([partial(_told_alone, key, meeting(8))] * 8).broken == []
    assert len(told(mei, "member.birthday_near")) == 8
