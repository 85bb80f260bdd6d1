"""What every task reason says about itself: which members it picks on a day, by SQL, and how it is put into words.

A reason's ``candidates`` is a SELECT over the CTE ``mine`` (campaigns.reasons.planning: the active members of some
guides with their facts) that yields member_id, guide_id, store_id, occurrence, due_on, basket (the yuan its value is a
share of) and why (jsonb: figures, never words). Parameters: %(day)s the business day, %(days)s the reason's own number.
It is empty for what is asked for from above (campaigns.guidetasks.asking).
"""

from abc import ABC, abstractmethod
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from campaigns.models import GuideTask, Reason


class TaskReason(ABC):
    """One reason. ``priority`` orders the groups of the list, ``urgent`` ones may join another open task."""

    key: ClassVar[Reason]
    priority: ClassVar[int]
    icon: ClassVar[str]
    urgent: ClassVar[bool] = False
    uplift_percent: ClassVar[int]
    candidates: ClassVar[str]

    @property
    @abstractmethod
    def days(self) -> int:
        """The reason's own number where HQ has set none: how far it looks ahead, or how long a task stays open."""

    @abstractmethod
    def words(self, task: GuideTask, today: date) -> str:
        """The one line "why now", with the member's own rhythm where it is known."""

    @abstractmethod
    def proposal(self, task: GuideTask) -> str:
        """The one thing to do about it, for the member page's next best action."""

    def due_words(self, task: GuideTask, today: date) -> str:
        """How long there is, in two or three words."""
        return left_words((task.due_on - today).days)

    def parameters(self, day: date) -> dict[str, Any]:
        """Further parameters of ``candidates``, their names beginning with the reason's key."""
        return {}


def left_words(days: int) -> str:
    """How many days are left; zero is today."""
    if days <= 0:
        return _("Until tonight")
    if days == 1:
        return _("Until tomorrow")
    return _("%(days)s days left") % {"days": days}


def days_since(why: dict[str, Any], key: str, today: date) -> int | None:
    """Days from the date that ``why`` holds under ``key`` until today; None without one."""
    return (today - date.fromisoformat(why[key])).days if why.get(key) else None


def rhythm(why: dict[str, Any], today: date) -> str:
    """平时 14 天一次，已 47 天没来; shorter when the usual gap is not known, empty without any order."""
    days, gap = days_since(why, "last", today), why.get("gap")
    if days is None:
        return ""
    if not gap:
        return _("last visit %(days)s days ago") % {"days": days}
    return _("usually every %(gap)s days, now %(days)s") % {"gap": gap, "days": days}


def yuan(amount: str | Decimal) -> str:
    """An amount as pages show it: ¥1,386, with cents only where there are any."""
    value = Decimal(amount)
    return f"¥{value:,.0f}" if value == value.to_integral_value() else f"¥{value:,.2f}"


def month_day(day: date) -> str:
    """A date as pages show it: 11-26."""
    return f"{day:%m-%d}"
