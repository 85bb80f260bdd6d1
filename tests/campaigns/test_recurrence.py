"""Recurrences: their dates, their words in Chinese and English, and what is refused before it does harm."""

from datetime import date

import pytest
from django.utils import translation

from campaigns.memberdays import preview_dates, sentence
from stores.errors import Refusal

SUNDAY = date(2026, 11, 22)


def days(recurrence: str, n: int = 3, **window: date) -> list[str]:
    """The first dates from 22 November 2026 on."""
    return [str(day) for day in preview_dates(recurrence, SUNDAY, window.get("ends_on"), n)]


def test_the_eighth_of_each_month_every_wednesday_and_the_last_friday():
    assert days("FREQ=MONTHLY;BYMONTHDAY=8") == ["2026-12-08", "2027-01-08", "2027-02-08"]
    assert days("RRULE:FREQ=WEEKLY;BYDAY=WE") == ["2026-11-25", "2026-12-02", "2026-12-09"]
    assert days("FREQ=MONTHLY;BYDAY=-1FR") == ["2026-11-27", "2026-12-25", "2027-01-29"]
    assert days("freq=monthly;byday=fr;bysetpos=-1") == days("FREQ=MONTHLY;BYDAY=-1FR")


def test_the_last_day_is_included_and_the_preview_is_finite():
    assert days("FREQ=DAILY", ends_on=date(2026, 11, 23)) == ["2026-11-22", "2026-11-23"]
    assert len(preview_dates("FREQ=DAILY", SUNDAY, None, 100_000)) == 400


def test_leap_day_comes_every_fourth_year():
    assert days("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", n=2) == ["2028-02-29", "2032-02-29"]


@pytest.mark.parametrize(
    ("recurrence", "chinese", "english"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=8", "每月 8 日", "Every month on day 8"),
        ("FREQ=MONTHLY;BYMONTHDAY=8,18,28", "每月 8、18、28 日", "Every month on day 8, 18, 28"),
        ("FREQ=WEEKLY;BYDAY=WE", "每周三", "Every Wednesday"),
        ("FREQ=WEEKLY", "每周日", "Every Sunday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,SA", "每 2 周的周三、周六", "Every 2 weeks on Wednesday, Saturday"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "每月最后一个周五", "Every month on the last Friday"),
        ("FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1", "每月最后一个周五", "Every month on the last Friday"),
        ("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1", "每月第一个周六或周日", "Every month on the first Saturday or Sunday"),
        (
            "FREQ=MONTHLY;BYDAY=2SA,2SU",
            "每月第二个周六、第二个周日",
            "Every month on the second Saturday, the second Sunday",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "每月最后一天", "Every month on the last day"),
        ("FREQ=MONTHLY", "每月 22 日", "Every month on day 22"),
        ("FREQ=DAILY", "每天", "Every day"),
        ("FREQ=DAILY;INTERVAL=3", "每 3 天", "Every 3 days"),
        ("FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=11", "每年 11月11日", "Every year on November 11"),
        ("FREQ=YEARLY;BYMONTH=5;BYDAY=2SU", "每年 5月的第二个周日", "Every year on the second Sunday of May"),
    ],
)
def test_a_recurrence_is_said_as_people_say_it(recurrence, chinese, english):
    assert sentence(recurrence, SUNDAY) == chinese
    with translation.override("en"):
        assert sentence(recurrence, SUNDAY) == english


@pytest.mark.parametrize(
    "recurrence",
    [
        "",
        "every Wednesday",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;UNTIL=20270101",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=９",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=WEEKLY;BYDAY=2WE",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,4",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
        "FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=2",
        "FREQ=MONTHLY;BYDAY=SA,2SU;BYSETPOS=1",
        "FREQ=DAILY\nDTSTART:20200101",
        "FREQ=DAILY;BYDAY=" + "MO," * 5000,
    ],
)
def test_what_is_no_recurrence_of_whole_days_or_never_comes_is_refused(recurrence):
    with pytest.raises(Refusal) as refused:
        preview_dates(recurrence, SUNDAY)
    assert refused.value.code == "bad_recurrence"


def test_a_window_without_any_date_is_refused():
    with pytest.raises(Refusal, match="没有任何一场"):
        preview_dates("FREQ=MONTHLY;BYMONTHDAY=8", SUNDAY, date(2026, 12, 7))
