"""The periods that results are shown for: today, this week, this month, in the calendar of the reader's store."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from stores.models import Store
from stores.places import business_day, end_of_day, start_of_day
from workbench.presenters.links import Choice, address

DAY, WEEK, MONTH = KEYS = ("day", "week", "month")


@dataclass(frozen=True)
class Period:
    """From ``since`` until ``until`` (exclusive)."""

    key: str
    since: datetime
    until: datetime


def period_of(store: Store | None, key: str) -> Period:
    """The period called ``key``, the week when there is no such period; it ends with today."""
    today = business_day(store, timezone.now())
    key = key if key in KEYS else WEEK
    first = {DAY: today, WEEK: _monday(today), MONTH: today.replace(day=1)}[key]
    return Period(key, start_of_day(store, first), end_of_day(store, today))


def choices(page: str, current: str, **query: object) -> list[Choice]:
    """The periods as links to a page."""
    labels = {DAY: _("Today"), WEEK: _("This week"), MONTH: _("This month")}
    return [Choice(labels[key], address(page, query={**query, "period": key}), key == current) for key in KEYS]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
