"""Tables of the members band."""

from members.models.benefituse import BenefitUse
from members.models.buying import CohortMonth, Level, MemberOutlook, OutlookCount, PurchaseGaps, ValueFit
from members.models.earning import EarningRate, EarningRule
from members.models.facts import MemberFacts, MoneyCuts
from members.models.handover import HandedMember, HandOver, HandOverState, SplitRule
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
from members.models.insight import (
    DaySales,
    Flow,
    Headcount,
    RfmCount,
    SourceCount,
    SummaryState,
    TouchedSale,
)
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
from members.models.place import MemberPlace
from members.models.segment import Segment, SegmentFound, SegmentKind, SegmentSpan
from members.models.staging import LineKind, StagedLine
from members.models.tag import MemberTag, Tag, TagGroup
from members.models.tagwork import TagDispute, TagRun
from members.models.tier import Benefit, BenefitKind, Period, Tier, TierLook
from members.models.tiering import TierChange, TierGrant, TierRules, TierStanding
from members.models.timeline import Delivery, DeliveryState, TimelineFact
from members.models.wording import ConsentWording

__all__ = [
    "Assignment",
    "BUCKETS",
    "Benefit",
    "BenefitHistory",
    "BenefitKind",
    "BenefitUse",
    "Birthday",
    "Category",
    "CategoryHistory",
    "CohortMonth",
    "Consent",
    "ConsentHistory",
    "ConsentWording",
    "ConsentWordingHistory",
    "DaySales",
    "Delivery",
    "DeliveryState",
    "EarningRate",
    "EarningRule",
    "EarningRuleHistory",
    "EntryKind",
    "Erasure",
    "Flow",
    "GrowthEntry",
    "HandOver",
    "HandOverState",
    "HandedMember",
    "Headcount",
    "Identity",
    "IdentityConflict",
    "IdentityHistory",
    "IdentityKind",
    "ImportPart",
    "Level",
    "LineKind",
    "ListedMember",
    "Member",
    "MemberFacts",
    "MemberHistory",
    "MemberList",
    "MemberMerge",
    "MemberOutlook",
    "MemberPlace",
    "MemberState",
    "MemberTag",
    "MergedRows",
    "MoneyCuts",
    "Note",
    "Order",
    "OrderCoupon",
    "OrderImport",
    "OrderLine",
    "OutlookCount",
    "Period",
    "PointsEntry",
    "Product",
    "ProductHistory",
    "PurchaseGaps",
    "RejectedRow",
    "Return",
    "ReturnLine",
    "RfmCount",
    "Segment",
    "SegmentFound",
    "SegmentHistory",
    "SegmentKind",
    "SegmentSpan",
    "SourceCount",
    "SplitRule",
    "Stage",
    "StagedLine",
    "SummaryState",
    "Tag",
    "TagDispute",
    "TagGroup",
    "TagGroupHistory",
    "TagHistory",
    "TagRun",
    "Tier",
    "TierChange",
    "TierGrant",
    "TierGrantHistory",
    "TierHistory",
    "TierLook",
    "TierRules",
    "TierRulesHistory",
    "TierStanding",
    "TimelineFact",
    "TouchedSale",
    "ValueFit",
]
