"""Coupons in wallets and their history, to look at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display

from coupons.models import Coupon, CouponEvent, CouponState
from stores.admin.base import ReadOnlyAdmin

LABELS = {
    CouponState.ISSUED: "success",
    CouponState.LOCKED: "warning",
    CouponState.USED: "info",
    CouponState.EXPIRED: "danger",
    CouponState.VOIDED: "danger",
}


class EventInline(TabularInline):
    """What happened to the coupon after its issue."""

    model = CouponEvent
    extra = 0
    can_delete = False
    fields = ("move", "at", "store", "order_channel", "order_no", "amount", "actor", "note")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Events come from verbs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History stays."""
        return False


@admin.register(Coupon)
class CouponAdmin(ReadOnlyAdmin):
    """Every coupon, newest first."""

    list_display = (
        "code",
        "template",
        "member",
        "shown_state",
        "origin",
        "guide",
        "issued_at",
        "valid_until",
        "used_at",
    )
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("origin", ChoicesDropdownFilter),
        ("template", RelatedDropdownFilter),
        ("used_at", RangeDateTimeFilter),
    )
    list_select_related = ("template", "member", "guide")
    search_fields = ("=code", "=member__code", "=order_no")
    search_help_text = _("Coupon code, member code or order number")
    inlines = (EventInline,)

    @display(description=_("state"), label=LABELS)
    def shown_state(self, coupon: Coupon) -> tuple[str, str]:
        """The state as a coloured label."""
        return coupon.state, coupon.get_state_display()


@admin.register(CouponEvent)
class CouponEventAdmin(ReadOnlyAdmin):
    """The redemption log: every move of every coupon."""

    list_display = ("coupon", "move", "at", "store", "order_channel", "order_no", "amount", "actor")
    list_filter = (
        ("move", ChoicesDropdownFilter),
        ("store", RelatedDropdownFilter),
        ("at", RangeDateTimeFilter),
    )
    list_select_related = ("coupon", "store")
    search_fields = ("=coupon__code", "=order_no")
    search_help_text = _("Coupon code or order number")
