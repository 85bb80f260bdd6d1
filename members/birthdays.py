"""Birthdays: the day a member keeps, by the solar or the lunar calendar, and on which date that falls.

``Member.birthday`` is the solar date of birth. ``feast_month`` and ``feast_day`` are when it is kept, in the member's
calendar; they are written wherever a birthday is, so that a list of members is found by an index whatever the calendar.
Who will not tell the year of birth has only these two.

A day that a year does not have is kept on the one before it: 29 February on the 28th, the 30th of a short lunar month
on the 29th. Whoever was born in a leap month keeps the month of the same number, in every year.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from lunardate import LunarDate

from members.lunarwords import DAYS, MONTHS
from members.models import Birthday, Member
from stores.errors import Refusal
from stores.policy import define

DAYS_BEFORE = define(
    "birthdays.days_before",
    7,
    gettext_lazy("Days before a birthday at which its gift is given"),
    minimum=0,
    maximum=31,
)
FIRST_LUNAR, LAST_LUNAR = date(1900, 1, 31), date(2100, 2, 8)  # the first and last day the tables know
LEAP_YEAR = 2000  # a year in which every solar month is as long as it ever gets


@dataclass(frozen=True)
class Feast:
    """When a birthday is kept: month and day in its own calendar."""

    calendar: str
    month: int
    day: int

    def __str__(self) -> str:
        """农历八月十五, or 11-26."""
        if self.calendar == Birthday.SOLAR:
            return f"{self.month:02d}-{self.day:02d}"
        return _("lunar %(month)s, %(day)s") % {"month": MONTHS[self.month - 1], "day": DAYS[self.day - 1]}


@dataclass(frozen=True)
class Key:
    """Who keeps a birthday on the date ``on``: the ``month`` and ``day`` in ``calendar``, whose year is ``year``.

    The year is that of the calendar: a solar year may hold two lunar birthdays, or none.
    """

    calendar: str
    month: int
    day: int
    on: date
    year: int


def kept(birthday: date | None, calendar: str) -> Feast | None:
    """When somebody born on a solar date keeps the birthday; None without one."""
    if birthday is None:
        return None
    if calendar == Birthday.SOLAR:
        return Feast(calendar, birthday.month, birthday.day)
    if birthday < FIRST_LUNAR:  # January 1900 is the twelfth month of a year before the tables begin
        return Feast(calendar, 12, birthday.day)
    born = LunarDate.from_solar_date(birthday.year, birthday.month, birthday.day)
    return Feast(calendar, born.month, born.day)


def columns(birthday: date | None, calendar: str) -> dict[str, int | None]:
    """The two columns of the member row that go with a birthday."""
    feast = kept(birthday, calendar)
    return {"feast_month": feast.month if feast else None, "feast_day": feast.day if feast else None}


def feast_of(member: Member) -> Feast | None:
    """When the member keeps the birthday; None when it is not known."""
    if member.feast_month is None or member.feast_day is None:
        return None
    return Feast(member.birthday_calendar, member.feast_month, member.feast_day)


def feast(calendar: str, month: int, day: int) -> Feast:
    """A birthday without its year, as somebody tells it. Raises Refusal ``bad_birthday`` for a day that never is."""
    if calendar == Birthday.LUNAR and 1 <= month <= 12 and 1 <= day <= 30:
        return Feast(calendar, month, day)
    if calendar == Birthday.SOLAR:
        _solar(LEAP_YEAR, month, day)
        return Feast(calendar, month, day)
    raise no_such_day()


def born_on(calendar: str, year: int, month: int, day: int, *, in_leap_month: bool = False) -> date:
    """The solar date of a birth told in the member's calendar. Raises Refusal ``bad_birthday`` when there is none."""
    if calendar == Birthday.SOLAR:
        return _solar(year, month, day)
    try:
        return LunarDate(year, month, day, in_leap_month).to_solar_date()
    except ValueError:
        raise no_such_day() from None


def is_of_leap_month(birthday: date | None) -> bool:
    """Whether somebody was born in a leap month."""
    return (
        birthday is not None and birthday >= FIRST_LUNAR and LunarDate.from_solar_date(*_parts(birthday)).is_leap_month
    )


def feast_on(feast: Feast, year: int) -> date:
    """The solar date of a birthday in a year of its own calendar (the lunar year 2025 ends on 2026-02-16)."""
    days = (feast.day, feast.day - 1)
    if feast.calendar == Birthday.SOLAR:
        return next(found for day in days if (found := _date(year, feast.month, day)))
    return next(found for day in days if (found := _lunar(year, feast.month, day)))


def next_feast(feast: Feast, today: date) -> Key:
    """The coming birthday, today's included."""
    first = own_year(feast, today)
    years = ((year, feast_on(feast, year)) for year in (first, first + 1))
    year, on = next((year, on) for year, on in years if on >= today)
    return Key(feast.calendar, feast.month, feast.day, on, year)


def nearest_year(feast: Feast, day: date) -> int:
    """The year, in the calendar of the birthday, whose birthday lies nearest to a day."""
    year = own_year(feast, day)
    return min((year - 1, year, year + 1), key=lambda one: abs(feast_on(feast, one) - day))


def own_year(feast: Feast, day: date) -> int:
    """The year of the feast's calendar in which a solar day lies."""
    return day.year if feast.calendar == Birthday.SOLAR else LunarDate.from_solar_date(*_parts(day)).year


def keys_between(first: date, days: int) -> list[Key]:
    """Which birthdays are kept on ``first`` and the ``days`` after it, in both calendars."""
    found: list[Key] = []
    for on in (first + timedelta(days=offset) for offset in range(days + 1)):
        found.append(Key(Birthday.SOLAR.value, on.month, on.day, on, on.year))
        if (on.month, on.day) == (2, 28) and _date(on.year, 2, 29) is None:
            found.append(Key(Birthday.SOLAR.value, 2, 29, on, on.year))
        found += _lunar_keys(on)
    return found


def arrays(keys: Iterable[Key], prefix: str) -> dict[str, list[Any]]:
    """The keys as parallel lists for ``unnest``; the names of the parameters begin with ``prefix``."""
    rows = list(keys)
    names = {"calendars": "calendar", "months": "month", "days": "day", "feasts": "on", "years": "year"}
    return {f"{prefix}_{many}": [getattr(key, one) for key in rows] for many, one in names.items()}


def unnest(prefix: str) -> str:
    """The SQL of a table ``b`` (calendar, month, day, feast, year) from ``arrays`` with the same prefix."""
    types = {"calendars": "text", "months": "int", "days": "int", "feasts": "date", "years": "int"}
    lists = ", ".join(f"%({prefix}_{name})s::{kind}[]" for name, kind in types.items())
    return f"unnest({lists}) AS b(calendar, month, day, feast, year)"


def birthday_between(first: date, days: int) -> Q:
    """Members whose birthday, by their own calendar, falls on ``first`` or one of the ``days`` after it."""
    months: dict[tuple[str, int], list[int]] = defaultdict(list)
    for key in keys_between(first, days):
        months[key.calendar, key.month].append(key.day)
    found = Q(pk__in=())
    for (calendar, month), wanted in months.items():
        found |= Q(birthday_calendar=calendar, feast_month=month, feast_day__in=wanted)
    return found


def no_such_day() -> Refusal:
    """The refusal for a day that the calendar does not have, for the caller to raise."""
    return Refusal(
        gettext_lazy("There is no such day in this calendar."), code="bad_birthday", extra={"field": "birthday"}
    )


def _lunar_keys(on: date) -> list[Key]:
    """None in a leap month: its birthdays were kept in the month before."""
    if not FIRST_LUNAR <= on <= LAST_LUNAR:
        return []
    here = LunarDate.from_solar_date(*_parts(on))
    if here.is_leap_month:
        return []
    days = [here.day]
    if here.day == 29 and _lunar(here.year, here.month, 30) is None:
        days.append(30)
    return [Key(Birthday.LUNAR.value, here.month, day, on, here.year) for day in days]


def _solar(year: int, month: int, day: int) -> date:
    found = _date(year, month, day)
    if found is None:
        raise no_such_day()
    return found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _lunar(year: int, month: int, day: int) -> date | None:
    try:
        return LunarDate(year, month, day).to_solar_date()
    except ValueError:
        return None


def _parts(day: date) -> tuple[int, int, int]:
    return day.year, day.month, day.day
