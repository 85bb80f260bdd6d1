"""When a birthday is kept: known dates of both calendars, days that a year does not have, and lists found by them."""

from datetime import date, timedelta

import pytest

from members import birthdays
from members.birthdays import Feast, Key, birthday_between, born_on, feast, feast_on, kept, keys_between, next_feast
from members.models import Birthday, Member
from stores.errors import Refusal
from tests.makers import make_member

SOLAR, LUNAR = Birthday.SOLAR.value, Birthday.LUNAR.value


@pytest.mark.parametrize(
    ("solar", "month", "day"),
    [
        (date(2026, 2, 17), 1, 1),  # 春节
        (date(2025, 1, 29), 1, 1),
        (date(2026, 2, 16), 12, 29),  # 除夕, the twelfth month has 29 days
        (date(2026, 9, 25), 8, 15),  # 中秋
        (date(2026, 6, 19), 5, 5),  # 端午
        (date(2025, 6, 25), 6, 1),
        (date(2025, 7, 25), 6, 1),  # 闰六月初一: kept in the sixth month
        (date(1990, 10, 3), 8, 15),
        (date(1900, 1, 31), 1, 1),
        (date(1900, 1, 7), 12, 7),  # before the tables begin
        (date(2034, 1, 20), 12, 1),  # after the leap eleventh month of 2033
    ],
)
def test_a_lunar_birthday_is_that_of_the_day_of_birth(solar, month, day):
    assert kept(solar, LUNAR) == Feast(LUNAR, month, day)


def test_a_solar_birthday_is_the_day_itself_and_nothing_stays_nothing():
    assert kept(date(1988, 11, 21), SOLAR) == Feast(SOLAR, 11, 21)
    assert kept(None, LUNAR) is None
    assert birthdays.columns(None, SOLAR) == {"feast_month": None, "feast_day": None}


@pytest.mark.parametrize(
    ("of", "year", "on"),
    [
        (Feast(LUNAR, 1, 1), 2026, date(2026, 2, 17)),
        (Feast(LUNAR, 8, 15), 2026, date(2026, 9, 25)),
        (Feast(LUNAR, 12, 8), 2025, date(2026, 1, 26)),  # 腊八 of the lunar year 2025
        (Feast(LUNAR, 6, 1), 2025, date(2025, 6, 25)),  # the month itself, not the leap month after it
        (Feast(LUNAR, 12, 30), 2025, date(2026, 2, 16)),  # a short month: kept on its 29th
        (Feast(LUNAR, 12, 30), 2026, date(2027, 2, 5)),  # a long one
        (Feast(SOLAR, 2, 29), 2026, date(2026, 2, 28)),
        (Feast(SOLAR, 2, 29), 2028, date(2028, 2, 29)),
        (Feast(SOLAR, 12, 31), 2026, date(2026, 12, 31)),
    ],
)
def test_the_date_on_which_a_birthday_falls(of, year, on):
    assert feast_on(of, year) == on


def test_the_next_birthday_is_today_or_later_and_knows_the_year_of_its_own_calendar():
    eighth = Feast(LUNAR, 12, 8)
    assert next_feast(eighth, date(2026, 1, 26)) == Key(LUNAR, 12, 8, date(2026, 1, 26), 2025)
    assert next_feast(eighth, date(2026, 1, 27)) == Key(LUNAR, 12, 8, date(2027, 1, 15), 2026)
    assert next_feast(Feast(SOLAR, 1, 2), date(2026, 12, 30)).on == date(2027, 1, 2)


def test_a_solar_year_may_hold_two_lunar_birthdays_of_two_lunar_years():
    of = Feast(LUNAR, 11, 25)
    assert [feast_on(of, year) for year in (2025, 2026)] == [date(2026, 1, 13), date(2027, 1, 2)]
    assert [feast_on(Feast(LUNAR, 11, 20), year) for year in (2025, 2026)] == [date(2026, 1, 8), date(2026, 12, 28)]
    assert birthdays.nearest_year(of, date(2026, 1, 1)) == 2025
    assert birthdays.nearest_year(of, date(2026, 12, 1)) == 2026


@pytest.mark.parametrize("calendar", [SOLAR, LUNAR])
def test_each_day_of_twenty_years_is_somebodys_birthday_once_a_year(calendar):
    """Every month and day that can be kept meets exactly one key in each year of its calendar, on its feast."""
    found = [key for key in keys_between(date(2020, 1, 25), 7304) if key.calendar == calendar]
    seen = {(key.month, key.day, key.year): key.on for key in found}
    assert len(seen) == len(found)
    assert all(feast_on(Feast(calendar, key.month, key.day), key.year) == key.on for key in found)
    whole = [(month, day) for month in range(1, 13) for day in range(1, 31 if calendar == LUNAR else 29)]
    assert all((month, day, year) in seen for month, day in whole for year in range(2021, 2039))
    assert calendar == LUNAR or all((2, 29, year) in seen for year in range(2021, 2039))


def test_nobody_has_a_birthday_in_a_leap_month():
    leap = keys_between(date(2025, 7, 25), (date(2025, 8, 22) - date(2025, 7, 25)).days)
    assert {key.calendar for key in leap} == {SOLAR}
    assert Key(LUNAR, 7, 1, date(2025, 8, 23), 2025) in keys_between(date(2025, 8, 23), 0)


def test_a_birthday_can_be_told_in_the_lunar_calendar():
    assert born_on(LUNAR, 1990, 8, 15) == date(1990, 10, 3)
    assert born_on(LUNAR, 2025, 6, 1, in_leap_month=True) == date(2025, 7, 25)
    assert born_on(SOLAR, 1988, 11, 21) == date(1988, 11, 21)
    assert feast(LUNAR, 8, 15) == Feast(LUNAR, 8, 15)
    assert feast(SOLAR, 2, 29) == Feast(SOLAR, 2, 29)


@pytest.mark.parametrize(
    ("calendar", "year", "month", "day", "in_leap_month"),
    [
        (LUNAR, 2026, 12, 31, False), (LUNAR, 2025, 12, 30, False), (LUNAR, 2025, 13, 1, False),
        (LUNAR, 2025, 8, 1, True), (LUNAR, 1899, 1, 1, False), (LUNAR, 2200, 1, 1, False),
        (SOLAR, 2026, 2, 29, False), (SOLAR, 2026, 0, 1, False), (SOLAR, 99999, 1, 1, False),
    ],
)  # fmt: skip
def test_a_day_that_a_calendar_does_not_have_is_refused(calendar, year, month, day, in_leap_month):
    with pytest.raises(Refusal) as refused:
        born_on(calendar, year, month, day, in_leap_month=in_leap_month)
    assert refused.value.code == "bad_birthday"


@pytest.mark.parametrize("of", [(LUNAR, 13, 1), (LUNAR, 1, 31), (SOLAR, 2, 30), (SOLAR, 4, 31), ("julian", 1, 1)])
def test_a_birthday_without_year_that_never_is_is_refused(of):
    with pytest.raises(Refusal) as refused:
        feast(*of)
    assert refused.value.code == "bad_birthday"


def test_a_birthday_reads_as_people_say_it():
    assert str(Feast(LUNAR, 8, 15)) == "农历八月十五"
    assert str(Feast(LUNAR, 12, 23)) == "农历腊月廿三"
    assert str(Feast(LUNAR, 11, 1)) == "农历冬月初一"
    assert str(Feast(SOLAR, 2, 3)) == "02-03"


@pytest.mark.django_db
def test_members_are_found_by_the_birthday_of_their_own_calendar():
    born = {
        "李雅琴": (date(1988, 9, 26), SOLAR),
        "邓丽娟": (date(1990, 10, 3), LUNAR),
        "马骁": (date(1990, 9, 24), LUNAR),
    }
    for name, (birthday, calendar) in born.items():
        make_member(name, birthday=birthday, birthday_calendar=calendar)
    make_member("没说")
    found = Member.objects.filter(birthday_between(date(2026, 9, 24), 2)).order_by("name")
    assert {member.name for member in found} == {"李雅琴", "邓丽娟"}
    assert not Member.objects.filter(birthday_between(date(2026, 9, 27), 2)).exists()


@pytest.mark.django_db
def test_a_window_of_any_length_finds_what_day_by_day_finds():
    for offset in range(0, 400, 7):
        born = date(1985, 1, 3) + timedelta(days=offset)
        make_member(f"会员{offset}", birthday=born, birthday_calendar=(SOLAR, LUNAR)[offset % 2])
    first = date(2026, 12, 20)
    days = [Member.objects.filter(birthday_between(first + timedelta(days=n), 0)).values_list("pk") for n in range(31)]
    one_by_one = {pk for rows in days for (pk,) in rows}
    assert one_by_one
    assert set(Member.objects.filter(birthday_between(first, 30)).values_list("pk", flat=True)) == one_by_one
