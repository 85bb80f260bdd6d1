"""The months of the lunar calendar as a table, for SQL that turns many dates of birth into the days that are kept.

The twin of ``members.birthdays.kept``; both rest on the same library.
"""

from datetime import date, timedelta
from functools import cache

from lunardate import LunarDate

FIRST, LAST = date(1900, 1, 1), date(2100, 2, 8)
BEFORE_THE_TABLES = 12  # January 1900 is the twelfth month of the year before the library's tables begin


@cache
def months() -> tuple[tuple[date, int], ...]:
    """The first day and the number of every lunar month from 1900 to 2100; a leap month has that of its month."""
    found = [(FIRST, BEFORE_THE_TABLES)]
    day = date(1900, 1, 31)
    while day <= LAST:
        found.append((day, LunarDate.from_solar_date(day.year, day.month, day.day).month))
        day += timedelta(days=29)
        if day <= LAST and LunarDate.from_solar_date(day.year, day.month, day.day).day != 1:
            day += timedelta(days=1)
    return tuple(found)


def kept_sql(birthday: str, calendar: str) -> tuple[str, str]:
    """SQL expressions of the month and the day on which a birthday is kept, over SQL of its date and calendar."""
    starts = "'{" + ",".join(str(start) for start, _number in months()) + "}'::date[]"
    numbers = "'{" + ",".join(str(number) for _start, number in months()) + "}'::smallint[]"
    place = f"width_bucket({birthday}, {starts})"
    return (
        f"CASE {calendar} WHEN 'solar' THEN extract(month FROM {birthday}) ELSE ({numbers})[{place}] END::smallint",
        f"CASE {calendar} WHEN 'solar' THEN extract(day FROM {birthday})"
        f" ELSE {birthday} - ({starts})[{place}] + 1 END::smallint",
    )
