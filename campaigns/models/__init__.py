"""Tables of the campaigns band."""

from campaigns.models.guidetask import GuideTask, Outcome, Reason, ReasonSetting, Script, TaskState
from campaigns.models.history import (
    MemberDayHistory,
    MemberDayOptOut,
    MemberDayOptOutHistory,
    MemberDayStore,
    MemberDayStoreHistory,
    MemberDayTier,
    MemberDayTierHistory,
    ReasonSettingHistory,
    ScriptHistory,
)
from campaigns.models.memberday import MemberDay, MemberDayOccurrence, MemberDayState
from campaigns.models.touch import Attribution, Touch, TouchState

__all__ = [
    "MemberDayHistory",
    "MemberDayOptOut",
    "MemberDayOptOutHistory",
    "MemberDayStore",
    "MemberDayStoreHistory",
    "MemberDayTier",
    "MemberDayTierHistory",
    "ReasonSettingHistory",
    "ScriptHistory",
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
