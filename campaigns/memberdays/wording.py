"""How a recurrence is said: 每月 8 日, 每周三, 每月最后一个周五."""

from collections.abc import Sequence
from datetime import date

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from campaigns.memberdays.recurrence import WEEKDAYS, Rule, parse

DAY_NAMES = dict(
    zip(
        WEEKDAYS,
        (
            pgettext_lazy("recurrence", "Monday"),
            pgettext_lazy("recurrence", "Tuesday"),
            pgettext_lazy("recurrence", "Wednesday"),
            pgettext_lazy("recurrence", "Thursday"),
            pgettext_lazy("recurrence", "Friday"),
            pgettext_lazy("recurrence", "Saturday"),
            pgettext_lazy("recurrence", "Sunday"),
        ),
        strict=True,
    )
)
PLACES = {
    1: gettext_lazy("the first %(day)s"),
    2: gettext_lazy("the second %(day)s"),
    3: gettext_lazy("the third %(day)s"),
    4: gettext_lazy("the fourth %(day)s"),
    5: gettext_lazy("the fifth %(day)s"),
    -1: gettext_lazy("the last %(day)s"),
    -2: gettext_lazy("the last but one %(day)s"),
}


def sentence(recurrence: str, starts_on: date) -> str:
    """The recurrence in the reader's language. A rule without days takes them from ``starts_on``, as RFC 5545 says."""
    rule = parse(recurrence)
    freq, stride = rule["FREQ"][0], int(rule.get("INTERVAL", ["1"])[0])
    if freq == "YEARLY":
        return _yearly(rule, starts_on, stride)
    if freq == "MONTHLY" or "BYMONTHDAY" in rule:
        said = _monthly(rule, starts_on, stride)
    elif freq == "WEEKLY" or "BYDAY" in rule:
        said = _weekly(rule, starts_on, stride)
    else:
        said = _("Every day") if stride == 1 else _("Every %(n)s days") % {"n": stride}
    months = ", ".join(_month(int(month)) for month in rule.get("BYMONTH", ()))
    return _("%(rhythm)s (%(months)s)") % {"rhythm": said, "months": months} if months else said


def _weekly(rule: Rule, starts_on: date, stride: int) -> str:
    days = _join([str(DAY_NAMES[day]) for day in rule.get("BYDAY") or [WEEKDAYS[starts_on.weekday()]]])
    if stride == 1:
        return _("Every %(days)s") % {"days": days}
    return _("Every %(n)s weeks on %(days)s") % {"n": stride, "days": days}


def _monthly(rule: Rule, starts_on: date, stride: int) -> str:
    which = _which_days(rule, starts_on)
    if stride == 1:
        return _("Every month on %(days)s") % {"days": which}
    return _("Every %(n)s months on %(days)s") % {"n": stride, "days": which}


def _which_days(rule: Rule, starts_on: date) -> str:
    """The days of a month: 8 日, 最后一天, 最后一个周五."""
    if "BYDAY" in rule:
        if "BYSETPOS" in rule:  # a place among all of these weekdays together: one day for each place
            name = pgettext("between weekdays of which one is meant", " or ").join(map(_name, rule["BYDAY"]))
            return _join([_placed(int(place), name) for place in rule["BYSETPOS"]])
        parts = [(int(day[:-2] or 0), _name(day[-2:])) for day in rule["BYDAY"]]
        return _join([_placed(place, name) for place, name in parts])
    numbers = [int(day) for day in rule.get("BYMONTHDAY", [str(starts_on.day)])]
    plain = [str(day) for day in numbers if day > 0]
    said = [pgettext("days of a month", "day %(days)s") % {"days": _join(plain)}] if plain else []
    for day in (day for day in numbers if day < 0):
        said.append(_("the last day") if day == -1 else _("day %(n)s from the end") % {"n": -day})
    return _join(said)


def _name(day: str) -> str:
    return str(DAY_NAMES[day])


def _placed(place: int, name: str) -> str:
    if not place:
        return pgettext("days of a month", "every %(day)s") % {"day": name}
    words = PLACES.get(place, gettext_lazy("the %(day)s number %(n)s from the end"))
    return str(words) % {"day": name, "n": abs(place)}


def _yearly(rule: Rule, starts_on: date, stride: int) -> str:
    months = [int(month) for month in rule.get("BYMONTH", [str(starts_on.month)])]
    if "BYDAY" in rule or any(int(day) < 0 for day in rule.get("BYMONTHDAY", ())):
        when = _("%(days)s of %(months)s") % {
            "days": _which_days(rule, starts_on),
            "months": _join([_month(month) for month in months]),
        }
    else:
        days = [int(day) for day in rule.get("BYMONTHDAY", [str(starts_on.day)])]
        when = _join([_month_day(month, day) for month in months for day in days])
    if stride == 1:
        return _("Every year on %(when)s") % {"when": when}
    return _("Every %(n)s years on %(when)s") % {"n": stride, "when": when}


def _month(month: int) -> str:
    """A month by its short name in the reader's language."""
    return formats.date_format(date(2024, month, 1), pgettext("format of a month", "F"))


def _month_day(month: int, day: int) -> str:
    """A day of the year; a day that only a leap year or no year has is said by its numbers."""
    try:
        return formats.date_format(date(2024, month, day), "MONTH_DAY_FORMAT")
    except ValueError:
        return f"{month}-{day}"


def _join(parts: Sequence[str]) -> str:
    return pgettext("between two items of a list", ", ").join(parts)
