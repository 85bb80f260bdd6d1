"""Tables of changes of campaigns and of what guides are given to say."""

from campaigns.models.guidetask import ReasonSetting, Script
from campaigns.models.journey import Journey
from campaigns.models.lift import StopRule
from campaigns.models.memberday import CampaignMessage, EarlyAccess, MemberDay
from campaigns.models.message import MessageTemplate
from campaigns.models.promotion import Promotion
from campaigns.models.recommendation import Recommendation
from campaigns.models.recruiting import ChannelCode
from campaigns.models.referral import ReferralProgramme
from campaigns.models.sharing import CommissionRule
from campaigns.models.storegroup import StoreGroup
from stores.scope import Reference, ScopedModel
from stores.tracking import history_of


class MemberDayHistory(history_of(MemberDay, without=["created_by", "created_at"])):
    """Changes of member days."""


class EarlyAccessHistory(history_of(EarlyAccess, owner="member_day")):
    """Which tiers a campaign began early for."""


class CampaignMessageHistory(history_of(CampaignMessage, owner="member_day")):
    """Which words a campaign sends, and when."""


class MemberDayTier(ScopedModel, MemberDay.tiers.through):
    """A tier that a member day is for."""

    scope = Reference()

    class Meta:
        proxy = True


class MemberDayTierHistory(history_of(MemberDayTier, owner="memberday")):
    """Which tiers a member day was for, and no longer."""


class MemberDayStore(ScopedModel, MemberDay.stores.through):
    """A store that takes part in a member day."""

    scope = Reference()

    class Meta:
        proxy = True


class MemberDayStoreHistory(history_of(MemberDayStore, owner="memberday")):
    """Which stores took part in a member day, and no longer."""


class MemberDayOptOut(ScopedModel, MemberDay.opted_out.through):
    """A store that opted out of a member day."""

    scope = Reference()

    class Meta:
        proxy = True


class MemberDayOptOutHistory(history_of(MemberDayOptOut, owner="memberday")):
    """Which stores opted out of a member day, and no longer."""


class PromotionHistory(history_of(Promotion, without=["sold", "orders", "off", "created_by", "created_at"])):
    """Changes of promotions."""


class JourneyHistory(history_of(Journey, without=["created_by", "created_at"])):
    """Changes of journeys: who may enter, the control group, when one ran. Versions keep the steps."""


class MessageTemplateHistory(history_of(MessageTemplate, without=["created_by", "created_at"])):
    """Changes of the words that machines send."""


class StoreGroupHistory(history_of(StoreGroup, without=["members", "created_at"])):
    """Changes of store groups; who belongs to one is told by its memberships."""


class ReasonSettingHistory(history_of(ReasonSetting, without=["contacted", "bought", "measured_on"])):
    """Changes of the settings of task reasons."""


class ScriptHistory(history_of(Script)):
    """Changes of scripts."""


class StopRuleHistory(history_of(StopRule, without=["looked", "decision", "decided_at"])):
    """Changes of when journeys stop by themselves."""


class ChannelCodeHistory(history_of(ChannelCode, without=["created_by", "created_at"])):
    """Changes of channel codes."""


class ChannelCodeTag(ScopedModel, ChannelCode.tags.through):
    """A tag that a channel code puts on whoever signs up by it."""

    scope = Reference()

    class Meta:
        proxy = True


class ChannelCodeTagHistory(history_of(ChannelCodeTag, owner="channelcode")):
    """Which tags a channel code put on people, and no longer."""


class ReferralProgrammeHistory(history_of(ReferralProgramme, without=["created_by", "created_at"])):
    """Changes of what inviting brings."""


class CommissionRuleHistory(history_of(CommissionRule)):
    """Changes of what share links earn."""


class RecommendationHistory(
    history_of(
        Recommendation,
        without=["shown", "bought", "held", "held_bought", "low", "high", "counted_at", "created_by", "created_at"],
    )
):
    """Changes of product recommendations."""
