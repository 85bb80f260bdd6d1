"""A month as a calendar: every day coloured by a figure, some days marked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import pgettext_lazy

from members.insight.charts.matrix import steps

WEEKDAYS = (
    pgettext_lazy("calendar", "Mo"),
    pgettext_lazy("calendar", "Tu"),
    pgettext_lazy("calendar", "We"),
    pgettext_lazy("calendar", "Th"),
    pgettext_lazy("calendar", "Fr"),
    pgettext_lazy("calendar", "Sa"),
    pgettext_lazy("calendar", "Su"),
)


@dataclass(frozen=True)
class Day:
    """What a calendar shows for a day: the figure that colours it, its words, a mark, and where it leads."""

    value: float | None = None
    text: str = ""
    mark: Any = ""
    url: str = ""


def month_calendar(month: date, days: Mapping[date, Day], today: date, caption: Any) -> SafeString:
    """The weeks of the month that ``month`` begins; a marked day that is still to come has a dashed frame."""
    last = (month + timedelta(days=32)).replace(day=1)
    dates = [month + timedelta(days=nth) for nth in range((last - month).days)]
    shades = steps(days[on].value if on in days else None for on in dates)
    shown = [_shown(on, days.get(on) or Day(), shade, today) for on, shade in zip(dates, shades, strict=True)]
    cells: list[dict[str, Any] | None] = [*([None] * month.weekday()), *shown]
    cells += [None] * (-len(cells) % 7)
    weeks = [cells[start : start + 7] for start in range(0, len(cells), 7)]
    context = {"weeks": weeks, "names": WEEKDAYS, "caption": caption}
    return render_to_string("members/insight/charts/_calendar.html", context)


def _shown(on: date, day: Day, shade: int | None, today: date) -> dict[str, Any]:
    css = "" if shade is None else f"in-h{shade}"
    if on == today:
        css = f"{css} is-today"
    elif day.mark and on > today:
        css = f"{css} is-next"
    return {"on": on, "day": day, "css": css, "today": on == today}
