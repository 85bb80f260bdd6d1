"""Orders and returns with their lines, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from members.models import Order, OrderCoupon, OrderLine, OrderShareCode, Return, ReturnLine
from stores.admin.base import LookOnlyInline, ReadOnlyAdmin
from stores.admin.filters import MomentFilter


class OrderLineInline(LookOnlyInline):
    """What was bought."""

    model = OrderLine
    fields = ("line_no", "product", "quantity", "unit_price", "amount")


class OrderCouponInline(LookOnlyInline):
    """The coupons the till says were used."""

    model = OrderCoupon
    fields = ("code",)


class OrderShareCodeInline(LookOnlyInline):
    """The share link that led to it."""

    model = OrderShareCode
    fields = ("code",)


class ReturnLineInline(LookOnlyInline):
    """What came back."""

    model = ReturnLine
    fields = ("line_no", "product", "quantity", "amount")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Every sale, newest first."""

    list_display = ("order_no", "channel", "member", "store", "guide", "paid_at", "net_amount", "returned_amount")
    list_filter = (("store", RelatedDropdownFilter), ("paid_at", MomentFilter))
    list_select_related = ("member", "store", "guide")
    search_fields = ("order_no", "member__code")
    search_help_text = _("Order number or member code")
    inlines = (OrderLineInline, OrderCouponInline, OrderShareCodeInline)
    exclude = ("fingerprint",)


@admin.register(Return)
class ReturnAdmin(ReadOnlyAdmin):
    """Every return, newest first."""

    list_display = ("return_no", "channel", "order_no", "member", "store", "returned_at", "amount")
    list_filter = (("store", RelatedDropdownFilter), ("returned_at", MomentFilter))
    list_select_related = ("member", "store")
    search_fields = ("return_no", "order_no", "member__code")
    search_help_text = _("Return number, order number or member code")
    inlines = (ReturnLineInline,)
    exclude = ("fingerprint",)
