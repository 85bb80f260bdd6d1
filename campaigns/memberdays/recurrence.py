"""Recurrences of member days: the part of RFC 5545 that a member day needs, its dates, and its words.

Only whole days: DAILY, WEEKLY, MONTHLY, YEARLY. The end belongs to the member day, not to the rule. Rules that would
make the calendar search for ever (a day that never comes) are refused before dateutil sees them.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as clock
from itertools import islice

from dateutil.rrule import rrule, rrulestr
from django.utils.translation import gettext as _

from stores.errors import Refusal

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KEYS = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
LONGEST_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
HORIZON = timedelta(days=366 * 10)
MOST_DATES = 400

Rule = dict[str, list[str]]


def parse(recurrence: str) -> Rule:
    """The parts of a recurrence by name, checked. Raises Refusal ``bad_recurrence``."""
    text = recurrence.strip().upper().removeprefix("RRULE:")
    rule: Rule = {}
    for pair in text.split(";"):
        key, _equals, value = pair.partition("=")
        if key not in KEYS or not value or key in rule:
            raise bad(_("“%(part)s” is not understood in a recurrence.") % {"part": pair[:40]})
        rule[key] = value.split(",")
    if rule.get("FREQ", [""])[0] not in FREQUENCIES or len(rule["FREQ"]) > 1:
        raise bad(_("A member day comes daily, weekly, monthly or yearly."))
    _check_numbers(rule)
    _check_days(rule)
    _check_combination(rule)
    return rule


def _check_numbers(rule: Rule) -> None:
    limits = {"INTERVAL": (1, 366), "BYMONTHDAY": (-31, 31), "BYMONTH": (1, 12), "BYSETPOS": (-4, 4)}
    for key, (low, high) in limits.items():
        for value in rule.get(key, ()):
            if not value.lstrip("+-").isdecimal() or not value.isascii() or not low <= int(value) <= high:
                raise bad(_("“%(part)s” is not understood in a recurrence.") % {"part": f"{key}={value}"[:40]})
            if int(value) == 0:
                raise bad(_("“%(part)s” is not understood in a recurrence.") % {"part": f"{key}=0"})


def _check_days(rule: Rule) -> None:
    for value in rule.get("BYDAY", ()):
        nth = value[:-2]
        fits = value[-2:] in WEEKDAYS and (not nth or nth.lstrip("+-") in ("1", "2", "3", "4", "5"))
        if not fits or (nth and rule["FREQ"][0] in ("DAILY", "WEEKLY")):
            raise bad(_("“%(part)s” is not understood in a recurrence.") % {"part": f"BYDAY={value}"[:40]})


def _check_combination(rule: Rule) -> None:
    """Refuse what could never come, or only after a search through thousands of years."""
    freq, stride = rule["FREQ"][0], int(rule.get("INTERVAL", ["1"])[0])
    days = rule.get("BYDAY", [])
    narrowed = {"BYDAY", "BYMONTHDAY", "BYMONTH"} & rule.keys()
    refused = [
        "BYSETPOS" in rule
        and (freq != "MONTHLY" or not days or "BYMONTHDAY" in rule or len("".join(days)) > 2 * len(days)),
        "BYMONTHDAY" in rule and freq == "WEEKLY",
        stride > 1 and "BYMONTH" in rule,
        stride > 1 and freq == "DAILY" and bool(narrowed),
        freq == "YEARLY" and "BYDAY" in rule and "BYMONTH" not in rule,
    ]
    if any(refused):
        raise bad(_("These parts of a recurrence do not go together."))
    months = [int(month) for month in rule.get("BYMONTH", ())]
    month_days = [abs(int(day)) for day in rule.get("BYMONTHDAY", ())]
    if months and month_days and min(month_days) > max(LONGEST_MONTH.get(month, 31) for month in months):
        raise bad(_("This day never comes."))


def dates(recurrence: str, starts_on: date, ends_on: date | None) -> Iterator[date]:
    """The dates of a recurrence from ``starts_on`` to ``ends_on`` (both included), at most ten years ahead."""
    parse(recurrence)
    until = min(ends_on or date.max, starts_on + HORIZON)
    text = recurrence.strip().upper().removeprefix("RRULE:")
    try:
        rule = rrulestr(text, dtstart=datetime.combine(starts_on, clock.min))
    except ValueError as error:
        raise bad(_("“%(part)s” is not understood in a recurrence.") % {"part": text[:40]}) from error
    if not isinstance(rule, rrule):
        raise bad(_("“%(part)s” is not understood in a recurrence.") % {"part": text[:40]})
    for found in rule.replace(until=datetime.combine(until, clock.min)):
        yield found.date()


def preview_dates(recurrence: str, starts_on: date, ends_on: date | None = None, n: int = 12) -> list[date]:
    """The first ``n`` dates (at most 400). Raises Refusal ``bad_recurrence`` when it is not one or never comes."""
    found = list(islice(dates(recurrence, starts_on, ends_on), min(n, MOST_DATES)))
    if not found:
        raise bad(_("No date lies between the first and the last day."))
    return found


def dates_between(recurrence: str, starts_on: date, ends_on: date | None, first: date, last: date) -> list[date]:
    """The dates that lie in ``first`` to ``last``, both included."""
    end = min(last, ends_on) if ends_on else last
    return [day for day in dates(recurrence, starts_on, end) if day >= first] if end >= starts_on else []


def bad(sentence: str) -> Refusal:
    """The refusal of a recurrence that does not work, with the sentence that says why."""
    return Refusal(sentence, code="bad_recurrence")
