"""Tables of the campaigns band."""

from campaigns.models.guidetask import GuideTask, Outcome, Reason, ReasonSetting, Script, TaskState
from campaigns.models.memberday import MemberDay, MemberDayOccurrence, MemberDayState
from campaigns.models.touch import Attribution, Touch, TouchState

__all__ = [
    "Attribution",
    "GuideTask",
    "MemberDay",
    "MemberDayOccurrence",
    "MemberDayState",
    "Outcome",
    "Reason",
    "ReasonSetting",
    "Script",
    "TaskState",
    "Touch",
    "TouchState",
]
