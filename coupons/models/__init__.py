"""Tables of the coupons band."""

from coupons.models.coupon import Coupon, CouponEvent, CouponState, IssueRun, Origin, RunState
from coupons.models.exchange import PointsExchange
from coupons.models.gift import GIFT_KINDS, GivenGift, TierGift
from coupons.models.history import (
    CouponPackHistory,
    CouponTemplateHistory,
    CouponTermsHistory,
    GuideBudgetHistory,
    OfferQuotaHistory,
    PackItemHistory,
    StoreBudgetHistory,
    TierGiftHistory,
)
from coupons.models.offer import GuideBudget, Offer, OfferQuota, OfferState, StoreBudget, TopUp, TopUpState
from coupons.models.pack import CouponPack, GivenPack, PackItem, PackStep
from coupons.models.reminder import ReminderMark
from coupons.models.result import CountState, CouponCount
from coupons.models.template import CouponKind, CouponTemplate, CouponTerms, LimitPeriod, TemplateState

__all__ = [
    "CouponPackHistory",
    "GuideBudgetHistory",
    "PackItemHistory",
    "CouponTemplateHistory",
    "CouponTermsHistory",
    "OfferQuotaHistory",
    "StoreBudgetHistory",
    "TierGiftHistory",
    "GIFT_KINDS",
    "CountState",
    "Coupon",
    "CouponCount",
    "CouponEvent",
    "CouponKind",
    "CouponPack",
    "CouponState",
    "CouponTemplate",
    "CouponTerms",
    "GivenGift",
    "GivenPack",
    "GuideBudget",
    "IssueRun",
    "LimitPeriod",
    "Offer",
    "OfferQuota",
    "OfferState",
    "Origin",
    "PackItem",
    "PackStep",
    "PointsExchange",
    "ReminderMark",
    "RunState",
    "StoreBudget",
    "TemplateState",
    "TierGift",
    "TopUp",
    "TopUpState",
]
