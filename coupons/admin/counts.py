"""The counts that results of large templates are read from."""

from django.contrib import admin
from unfold.contrib.filters.admin import RangeDateFilter, RelatedDropdownFilter

from coupons.models import CountState, CouponCount
from stores.admin.base import ReadOnlyAdmin


@admin.register(CouponCount)
class CouponCountAdmin(ReadOnlyAdmin):
    """Coupons of large templates by day, home store and guide."""

    list_display = ("template", "day", "store", "guide", "issued", "used", "voided", "live", "cost", "sales", "orders")
    list_filter = (("template", RelatedDropdownFilter), ("store", RelatedDropdownFilter), ("day", RangeDateFilter))
    list_select_related = ("template", "store", "guide")


@admin.register(CountState)
class CountStateAdmin(ReadOnlyAdmin):
    """As of when the coupons of each large template were counted."""

    list_display = ("template", "as_of", "seen_coupon", "seen_event")
    list_select_related = ("template",)
