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
    PromotionHistory,
    ReasonSettingHistory,
    ScriptHistory,
)
from campaigns.models.memberday import MemberDay, MemberDayOccurrence, MemberDayState
from campaigns.models.promotion import Beside, Promotion, PromotionKind, PromotionSale, PromotionState
from campaigns.models.touch import Attribution, Touch, TouchState

__all__ = [
    "MemberDayHistory",
    "MemberDayOptOut",
    "MemberDayOptOutHistory",
    "MemberDayStore",
    "MemberDayStoreHistory",
    "MemberDayTier",
    "MemberDayTierHistory",
    "PromotionHistory",
    "ReasonSettingHistory",
    "ScriptHistory",
    "Attribution",
    "Beside",
    "GuideTask",
    "MemberDay",
    "MemberDayOccurrence",
    "MemberDayState",
    "Outcome",
    "Promotion",
    "PromotionKind",
    "PromotionSale",
    "PromotionState",
    "Reason",
    "ReasonSetting",
    "Script",
    "TaskState",
    "Touch",
    "TouchState",
]
