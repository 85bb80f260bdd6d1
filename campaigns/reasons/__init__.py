"""The registry of task reasons: one module each. A new reason is a new module and a line here."""

from datetime import date

from django.utils import timezone

from campaigns.models import GuideTask, Reason
from campaigns.reasons.asked import FollowUpReason, InvitationReason, JourneyReason
from campaigns.reasons.base import TaskReason
from campaigns.reasons.birthday import BirthdayReason
from campaigns.reasons.coupon_expiring import CouponExpiringReason
from campaigns.reasons.declining import DecliningReason
from campaigns.reasons.golden_window import GoldenWindowReason
from campaigns.reasons.nth_order import NthOrderReason
from campaigns.reasons.recommended import RecommendedReason

REASONS: dict[str, TaskReason] = {
    reason.key: reason
    for reason in (
        CouponExpiringReason(),
        FollowUpReason(),
        GoldenWindowReason(),
        NthOrderReason(),
        JourneyReason(),
        BirthdayReason(),
        DecliningReason(),
        InvitationReason(),
        RecommendedReason(),
    )
}

__all__ = ["REASONS", "Reason", "TaskReason", "due_words", "icon_of", "priority_of", "proposal", "words"]


def words(task: GuideTask, today: date | None = None) -> str:
    """The task's one line "why now", in the reader's language."""
    return REASONS[task.reason].words(task, today or timezone.localdate())


def due_words(task: GuideTask, today: date | None = None) -> str:
    """How long there is for the task, in two or three words."""
    return REASONS[task.reason].due_words(task, today or timezone.localdate())


def proposal(task: GuideTask) -> str:
    """The one thing to do about the task."""
    return REASONS[task.reason].proposal(task)


def priority_of(reason: str) -> int:
    """The place of the reason's group in a list, 1 first."""
    return REASONS[reason].priority


def icon_of(reason: str) -> str:
    """The name of the reason's icon."""
    return REASONS[reason].icon
