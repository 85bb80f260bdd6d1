"""The rhythms that most member days have, between the fields of a form and an RRULE; any other rule is written out."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.memberdays import recurrence
from campaigns.memberdays.wording import DAY_NAMES

DAYS, WEEKS, PLACE, RULE = "days", "weeks", "place", "rule"
PATTERNS = (
    (DAYS, gettext_lazy("on certain days of each month")),
    (WEEKS, gettext_lazy("on certain days of each week")),
    (PLACE, gettext_lazy("on a weekday of each month, such as the last Friday")),
    (RULE, gettext_lazy("by another rule")),
)
WEEKDAYS = [(key, DAY_NAMES[key]) for key in recurrence.WEEKDAYS]
NTH = (
    ("1", gettext_lazy("the first")),
    ("2", gettext_lazy("the second")),
    ("3", gettext_lazy("the third")),
    ("4", gettext_lazy("the fourth")),
    ("-1", gettext_lazy("the last")),
)


def rule_of(pattern: str, *, month_days: str = "", weekdays: Sequence[str] = (), nth: str = "") -> str:
    """The RRULE of what was chosen. Raises Refusal ``bad_recurrence`` when something is missing or means nothing."""
    if pattern == DAYS:
        days = [one for one in month_days.replace("，", ",").replace("、", ",").replace(" ", ",").split(",") if one]
        if not days:
            raise recurrence.bad(_("Say on which days of the month."))
        rule = f"FREQ=MONTHLY;BYMONTHDAY={','.join(days)}"
    elif not weekdays:
        raise recurrence.bad(_("Choose at least one weekday."))
    elif pattern == WEEKS:
        rule = f"FREQ=WEEKLY;BYDAY={','.join(weekdays)}"
    else:
        rule = f"FREQ=MONTHLY;BYDAY={','.join(f'{nth or 1}{day}' for day in weekdays)}"
    recurrence.parse(rule)
    return rule


def fields_of(rule: str) -> Mapping[str, Any]:
    """What a form shows of an RRULE: its pattern with the fields of that, or the rule itself."""
    parts = dict(pair.split("=", 1) for pair in rule.upper().split(";") if "=" in pair)
    keys, days = set(parts), parts.get("BYDAY", "").split(",")
    if keys == {"FREQ", "BYMONTHDAY"} and parts["FREQ"] == "MONTHLY":
        return {"pattern": DAYS, "month_days": parts["BYMONTHDAY"]}
    if keys == {"FREQ", "BYDAY"} and parts["FREQ"] == "WEEKLY":
        return {"pattern": WEEKS, "weekdays": days}
    places = {day[:-2] for day in days}
    if (
        keys == {"FREQ", "BYDAY"}
        and parts["FREQ"] == "MONTHLY"
        and len(places) == 1
        and places <= {key for key, _name in NTH}
    ):
        return {"pattern": PLACE, "weekdays": [day[-2:] for day in days], "nth": places.pop()}
    return {"pattern": RULE}
