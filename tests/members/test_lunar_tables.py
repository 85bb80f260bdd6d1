"""The table of lunar months agrees with the calendar day by day; the audit finds a birthday that is kept wrongly."""

from datetime import date, timedelta

import pytest
from django.db import connection

from members import birthdays, profiles
from members.audit import audit
from members.lunartables import FIRST, LAST, kept_sql, months
from members.models import Member
from tests.makers import make_member

pytestmark = pytest.mark.django_db


def test_every_month_has_29_or_30_days_and_a_year_12_or_13():
    starts = [start for start, _number in months()]
    lengths = {(after - before).days for before, after in zip(starts, starts[1:], strict=False)}
    assert lengths == {29, 30}
    assert (LAST - starts[-1]).days in (28, 29)
    known = dict(months())
    assert [known[date(2025, 6, 25)], known[date(2025, 7, 25)], known[date(2025, 8, 23)]] == [6, 6, 7]


def test_sql_and_python_keep_every_day_of_two_centuries_alike():
    month, day = kept_sql("d::date", "'lunar'")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT d::date, {month}, {day} FROM generate_series(%s::date, %s::date, interval '3 days') AS d",
            [FIRST, LAST],
        )
        rows = cursor.fetchall()
    assert len(rows) > 24_000
    differing = [row for row in rows if birthdays.kept(row[0], "lunar") != birthdays.Feast("lunar", *row[1:])]
    assert differing == []


def differences() -> list[str]:
    """What the audit finds about birthdays."""
    return [found.name for found in audit() if found.name.startswith("birthday")]


def test_the_audit_finds_a_birthday_that_is_kept_on_another_day():
    mei = make_member("张晓梅", birthday=date(1990, 10, 3), birthday_calendar="lunar")
    make_member("李雅琴", birthday=date(1988, 2, 29))
    profiles.update(make_member("没说年份"), feast=birthdays.feast("lunar", 8, 15))
    assert differences() == []
    Member.objects.filter(pk=mei.pk).update(birthday=date(1990, 10, 3) + timedelta(days=1))
    assert differences() == ["birthday_is_kept_by_its_calendar"]
    Member.objects.filter(pk=mei.pk).update(birthday=None, feast_day=None)
    assert differences() == ["birthday_has_month_and_day"]
