"""Tables of the coupons band."""

from coupons.models.coupon import Coupon, CouponEvent, CouponState, IssueRun, Origin
from coupons.models.exchange import PointsExchange
from coupons.models.gift import GIFT_KINDS, GivenGift, TierGift
from coupons.models.history import (
    CouponTemplateHistory,
    CouponTermsHistory,
    OfferQuotaHistory,
    StoreBudgetHistory,
    TierGiftHistory,
)
from coupons.models.offer import Offer, OfferQuota, OfferState, StoreBudget
from coupons.models.template import CouponKind, CouponTemplate, CouponTerms, TemplateState

__all__ = [
    "CouponTemplateHistory",
    "CouponTermsHistory",
    "OfferQuotaHistory",
    "StoreBudgetHistory",
    "TierGiftHistory",
    "GIFT_KINDS",
    "Coupon",
    "CouponEvent",
    "CouponKind",
    "CouponState",
    "CouponTemplate",
    "CouponTerms",
    "GivenGift",
    "IssueRun",
    "Offer",
    "OfferQuota",
    "OfferState",
    "Origin",
    "PointsExchange",
    "StoreBudget",
    "TemplateState",
    "TierGift",
]
