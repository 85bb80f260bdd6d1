"""Which day it is: the windows of the member core, all of whole business days.

Growth, facts and stages change at midnight of the chain's own zone and never in the middle of a day. So whatever is
computed at any hour of a day agrees, and ``next_change_on`` names a date. A window of 365 days is the 365 calendar
days that end today: what happened 365 days ago has left it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from members.tiering import tierrules

FACTS_DAYS = 365


@dataclass(frozen=True)
class Windows:
    """The moment something is computed for, its business day, and where the windows begin (inclusive)."""

    at: datetime
    today: date
    growth_days: int
    growth_from: datetime
    facts_from: datetime

    @property
    def params(self) -> dict[str, Any]:
        """The same as parameters of SQL."""
        return {
            "at": self.at,
            "today": self.today,
            "growth_days": self.growth_days,
            "growth_from": self.growth_from,
            "facts_days": FACTS_DAYS,
            "facts_from": self.facts_from,
            "zone": settings.TIME_ZONE,
        }


def windows(at: datetime | None = None) -> Windows:
    """The windows as of ``at``; None means now."""
    at = at or timezone.now()
    today = local_day(at)
    days = tierrules.current(today).window_days
    return Windows(at, today, days, first_moment(today, days), first_moment(today, FACTS_DAYS))


def local_day(at: datetime) -> date:
    """The chain's business day that a moment belongs to."""
    return at.astimezone(_zone()).date()


def first_moment(today: date, days: int) -> datetime:
    """The midnight with which a window of ``days`` calendar days that ends ``today`` begins."""
    return datetime.combine(today - timedelta(days=days - 1), clock.min, _zone())


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)
