"""Tables of the members band."""

from members.models.benefituse import BenefitUse
from members.models.earning import EarningRate, EarningRule
from members.models.facts import MemberFacts, MoneyCuts
from members.models.history import (
    BenefitHistory,
    CategoryHistory,
    ConsentHistory,
    ConsentWordingHistory,
    EarningRuleHistory,
    IdentityHistory,
    MemberHistory,
    ProductHistory,
    SegmentHistory,
    TagGroupHistory,
    TagHistory,
    TierGrantHistory,
    TierHistory,
    TierRulesHistory,
)
from members.models.imports import ImportPart, OrderImport, RejectedRow
from members.models.ledger import EntryKind, GrowthEntry, PointsEntry
from members.models.member import (
    BUCKETS,
    Assignment,
    Birthday,
    Consent,
    Identity,
    IdentityKind,
    Member,
    MemberState,
    Note,
    Stage,
)
from members.models.memberlist import ListedMember, MemberList
from members.models.oneid import Erasure, IdentityConflict, MemberMerge, MergedRows
from members.models.order import Category, Order, OrderCoupon, OrderLine, Product, Return, ReturnLine
from members.models.segment import Segment, SegmentFound, SegmentKind, SegmentSpan
from members.models.staging import LineKind, StagedLine
from members.models.tag import MemberTag, Tag, TagGroup
from members.models.tier import Benefit, BenefitKind, Period, Tier, TierLook
from members.models.tiering import TierChange, TierGrant, TierRules, TierStanding
from members.models.timeline import Delivery, DeliveryState, TimelineFact
from members.models.wording import ConsentWording

__all__ = [
    "BenefitHistory",
    "ConsentHistory",
    "ConsentWording",
    "ConsentWordingHistory",
    "EarningRuleHistory",
    "IdentityHistory",
    "MemberHistory",
    "TagGroupHistory",
    "TagHistory",
    "TierGrantHistory",
    "TierHistory",
    "TierRulesHistory",
    "BUCKETS",
    "Assignment",
    "Benefit",
    "BenefitKind",
    "BenefitUse",
    "Birthday",
    "Category",
    "CategoryHistory",
    "Consent",
    "Delivery",
    "DeliveryState",
    "EarningRate",
    "EarningRule",
    "EntryKind",
    "Erasure",
    "GrowthEntry",
    "Identity",
    "IdentityConflict",
    "IdentityKind",
    "ImportPart",
    "LineKind",
    "ListedMember",
    "Member",
    "MemberList",
    "MemberFacts",
    "MemberMerge",
    "MemberState",
    "MemberTag",
    "MergedRows",
    "MoneyCuts",
    "Note",
    "Order",
    "OrderCoupon",
    "OrderImport",
    "OrderLine",
    "Period",
    "PointsEntry",
    "Product",
    "ProductHistory",
    "SegmentHistory",
    "RejectedRow",
    "Return",
    "ReturnLine",
    "Stage",
    "Segment",
    "SegmentFound",
    "SegmentKind",
    "SegmentSpan",
    "StagedLine",
    "Tag",
    "TagGroup",
    "Tier",
    "TierChange",
    "TierGrant",
    "TierLook",
    "TierRules",
    "TierStanding",
    "TimelineFact",
]
