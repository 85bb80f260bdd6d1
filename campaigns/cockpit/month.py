"""The month as a calendar: what members bought on each day, where 100 is a usual day, and the member days."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from django.utils.translation import gettext as _

from campaigns.cockpit import readings
from campaigns.models import MemberDay, MemberDayOccurrence
from members.insight.charts.calendar import Day
from members.insight.scope import Scope

USUAL_DAYS = 56  # days that the usual one is the median of, up to the last that is over
LEAST_DAYS = 7  # below so many there is no usual day

Opens = Callable[[date, MemberDay | None], str]


@dataclass(frozen=True)
class Month:
    """A month: its days, the member days that are over with their figures, and the months beside it."""

    first: date
    days: dict[date, Day]
    today: date
    usual: float | None
    held: list[tuple[date, str, int]]
    before: date
    after: date


def month_of(scope: Scope, first: date, today: date, opens: Opens) -> Month:
    """The month that begins with ``first``. ``opens`` says where a day leads: to its member day, or to its orders."""
    after = (first + timedelta(days=32)).replace(day=1)
    last_over = min(after, today) - timedelta(days=1)
    since = min(first, last_over - timedelta(days=USUAL_DAYS - 1))
    sold = {day: float(one.member_sales) for day, one in readings.sales(scope, since, last_over).items()}
    marked = _member_days(since, after)
    plain = [money for day, money in sold.items() if day not in marked and day > last_over - timedelta(days=USUAL_DAYS)]
    usual = median(plain) if len(plain) >= LEAST_DAYS else None
    days: dict[date, Day] = {}
    for on in (first + timedelta(days=nth) for nth in range((after - first).days)):
        index = round(sold[on] / usual * 100) if usual and on in sold else None
        mark = marked.get(on)
        if index is not None or mark:
            text = "" if index is None else f"{index}"
            url = opens(on, mark) if mark or on in sold else ""
            days[on] = Day(index, text, _("Member day") if mark else "", url)
    held = [(on, marked[on].name, int(day.value)) for on, day in days.items() if on in marked and day.value is not None]
    return Month(first, days, today, usual, held, readings.month_before(first), after)


def _member_days(first: date, until: date) -> dict[date, MemberDay]:
    """The member day of each date that has one."""
    planned = MemberDayOccurrence.objects.filter(on__lt=until, until__gte=first, withdrawn_at=None)
    rows = planned.select_related("member_day").order_by("-pk")
    days = [(row.on + timedelta(days=nth), row) for row in rows for nth in range((row.until - row.on).days + 1)]
    return {on: row.member_day for on, row in days if first <= on < until}
