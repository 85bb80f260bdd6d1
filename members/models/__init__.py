"""Tables of the members band."""

from members.models.facts import MemberFacts
from members.models.imports import OrderImport, RejectedRow
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
from members.models.order import Category, Order, OrderCoupon, OrderLine, Product, Return, ReturnLine
from members.models.staging import LineKind, StagedLine
from members.models.tag import MemberTag, Tag, TagGroup
from members.models.tier import Benefit, BenefitKind, EarningRule, Period, Tier, TierLook
from members.models.timeline import Delivery, DeliveryState, TimelineFact

__all__ = [
    "BUCKETS",
    "Assignment",
    "Benefit",
    "BenefitKind",
    "Birthday",
    "Category",
    "Consent",
    "Delivery",
    "DeliveryState",
    "EarningRule",
    "EntryKind",
    "GrowthEntry",
    "Identity",
    "IdentityKind",
    "LineKind",
    "Member",
    "MemberFacts",
    "MemberState",
    "MemberTag",
    "Note",
    "Order",
    "OrderCoupon",
    "OrderImport",
    "OrderLine",
    "Period",
    "PointsEntry",
    "Product",
    "RejectedRow",
    "Return",
    "ReturnLine",
    "Stage",
    "StagedLine",
    "Tag",
    "TagGroup",
    "Tier",
    "TierLook",
    "TimelineFact",
]
