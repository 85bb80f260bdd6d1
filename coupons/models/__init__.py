"""Tables of the coupons band."""

from coupons.models.coupon import Coupon, CouponEvent, CouponState, IssueRun, Origin
from coupons.models.offer import Offer, OfferQuota, OfferState, StoreBudget
from coupons.models.template import CouponKind, CouponTemplate, CouponTerms, TemplateState

__all__ = [
    "Coupon",
    "CouponEvent",
    "CouponKind",
    "CouponState",
    "CouponTemplate",
    "CouponTerms",
    "IssueRun",
    "Offer",
    "OfferQuota",
    "OfferState",
    "Origin",
    "StoreBudget",
    "TemplateState",
]
