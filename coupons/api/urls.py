"""Addresses of the coupons band below /api/v1/."""

from django.urls import path

from coupons.api.exchange import PointsForCoupons
from coupons.api.issuing import CouponIssue, MemberCoupons
from coupons.api.packs import PackList
from coupons.api.receipts import OrderDetail
from coupons.api.redemption import CouponCheck, CouponLock, CouponRedeem, CouponRelease, CouponReverse
from coupons.api.templates import TemplateList

urlpatterns = [
    path("coupons/issue/", CouponIssue.as_view(), name="coupon-issue"),
    path("coupons/exchange/", PointsForCoupons.as_view(), name="coupon-exchange"),
    path("coupons/<str:code>/", CouponCheck.as_view(), name="coupon"),
    path("coupons/<str:code>/lock/", CouponLock.as_view(), name="coupon-lock"),
    path("coupons/<str:code>/redeem/", CouponRedeem.as_view(), name="coupon-redeem"),
    path("coupons/<str:code>/release/", CouponRelease.as_view(), name="coupon-release"),
    path("coupons/<str:code>/reverse/", CouponReverse.as_view(), name="coupon-reverse"),
    path("coupon-packs/", PackList.as_view(), name="coupon-packs"),
    path("coupon-templates/", TemplateList.as_view(), name="coupon-templates"),
    path("members/<str:member>/coupons/", MemberCoupons.as_view(), name="member-coupons"),
    path("orders/<str:channel>/<str:order_no>/", OrderDetail.as_view(), name="order"),
]
