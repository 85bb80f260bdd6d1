"""Business days: which one a moment belongs to, when it begins, and when points of that day expire."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

CHAIN = "Asia/Shanghai"


def day_of(moment: datetime, zone: str = CHAIN) -> date:
    """The business day of a moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


def midnight(day: date, zone: str = CHAIN) -> datetime:
    """The moment a business day begins with."""
    return datetime.combine(day, time.min, ZoneInfo(zone))


def expiry(earned_at: datetime, zone: str, months: int) -> datetime:
    """Points earned at a moment are gone at the end of the month that lies so many months later."""
    day = day_of(earned_at, zone)
    months_since_zero = day.year * 12 + day.month - 1 + months + 1
    return midnight(date(months_since_zero // 12, months_since_zero % 12 + 1, 1), zone)
