"""How often and at what hours a member may be contacted: the budget that guides and machines share."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from members.privacy import contacting
from members.privacy.contacting import Contact, hindrance
from stores import policy

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(day: int, clock: str = "12:00") -> datetime:
    """A moment of November 2026 in Shanghai."""
    return datetime.fromisoformat(f"2026-11-{day:02}T{clock}+08:00")


def said(*moments: datetime, now: datetime, disturbs: bool = True, zone: ZoneInfo = SHANGHAI):
    contacts = [Contact(moment) for moment in sorted(moments, reverse=True)]
    found = hindrance(contacts, now, zone, disturbs=disturbs)
    return (found.code, found.until) if found else None


def test_two_contacts_fill_a_day_and_the_next_is_possible_in_the_morning():
    assert said(at(20, "10:00"), now=at(20)) is None
    assert said(at(20, "10:00"), at(20, "11:00"), now=at(20)) == ("cap_day", at(21, "09:00"))
    assert said(at(20, "10:00"), at(20, "11:00"), now=at(20), disturbs=False) == ("cap_day", at(21, "00:00"))
    assert said(at(19, "23:59"), at(20, "11:00"), now=at(20)) is None


def test_the_day_is_that_of_the_store():
    late = at(20, "23:30"), at(20, "23:40")
    assert said(*late, now=at(21, "00:10"), disturbs=False) is None
    assert said(*late, now=at(21, "00:10"), disturbs=False, zone=ZoneInfo("UTC")) == ("cap_day", at(21, "08:00"))


def test_a_full_month_frees_a_place_when_the_decisive_contact_is_thirty_days_old():
    policy.change("contacts.per_month", 3, by=None)
    policy.forget()
    old = at(1, "10:00"), at(5, "11:00"), at(9, "12:00")
    assert said(*old, now=at(20)) == ("cap_month", at(1, "10:00") + timedelta(days=30))
    assert said(*old[1:], now=at(20)) is None
    assert said(*old, now=at(1, "10:00") + timedelta(days=30)) is None


def test_quiet_hours_end_in_the_morning_on_whichever_side_of_midnight_they_began():
    for clock, quiet in (("20:59", None), ("21:00", at(21, "09:00")), ("08:59", at(20, "09:00")), ("09:00", None)):
        found = said(now=at(20, clock))
        assert found == (("quiet_hours", quiet) if quiet else None), clock
        assert said(now=at(20, clock), disturbs=False) is None


def test_hours_within_a_day_and_none_at_all_work_too():
    policy.change(contacting.QUIET_FROM.name, 12, by=None)
    policy.change(contacting.QUIET_UNTIL.name, 14, by=None)
    policy.forget()
    assert said(now=at(20, "13:00")) == ("quiet_hours", at(20, "14:00"))
    assert said(now=at(20, "23:00")) is None
    policy.change(contacting.QUIET_UNTIL.name, 12, by=None)
    policy.forget()
    assert said(now=at(20, "12:30")) is None
