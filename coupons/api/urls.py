"""Addresses of the coupons band below /api/v1/."""

from django.urls import path

from coupons.api.templates import TemplateList

urlpatterns = [path("coupon-templates/", TemplateList.as_view(), name="coupon-templates")]
