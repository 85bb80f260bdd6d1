"""Guide tasks: planned by night, shown ranked, closed by what happened."""

from campaigns.guidetasks.closing import (
    CLOSED_KIND,
    close,
    close_after_offers,
    close_after_orders,
    dismiss,
    follow_assignments,
    lapse_overdue,
    reopen,
    reopen_after_recalls,
    snooze,
    wake,
)
from campaigns.guidetasks.planning import plan_chunk, plan_tasks
from campaigns.guidetasks.today import (
    Day,
    Progress,
    day_of,
    is_pressing,
    open_now,
    snooze_choices,
    todays_tasks,
)

__all__ = [
    "CLOSED_KIND",
    "Day",
    "Progress",
    "close",
    "close_after_offers",
    "close_after_orders",
    "day_of",
    "dismiss",
    "follow_assignments",
    "is_pressing",
    "lapse_overdue",
    "open_now",
    "plan_chunk",
    "plan_tasks",
    "reopen",
    "reopen_after_recalls",
    "snooze",
    "snooze_choices",
    "todays_tasks",
    "wake",
]
