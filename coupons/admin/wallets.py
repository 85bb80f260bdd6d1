"""Coupons in wallets and their history, to look at; an unused one can be withdrawn."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from coupons import voiding
from coupons.models import Coupon, CouponEvent, CouponState
from stores.admin.base import LookOnlyInline, ReadOnlyAdmin
from stores.admin.filters import MomentFilter

LABELS = {
    CouponState.ISSUED: "success",
    CouponState.LOCKED: "warning",
    CouponState.USED: "info",
    CouponState.EXPIRED: "danger",
    CouponState.VOIDED: "danger",
}


class EventInline(LookOnlyInline):
    """What happened to the coupon after its issue."""

    model = CouponEvent
    fields = ("move", "at", "store", "order_channel", "order_no", "amount", "actor", "note")


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
        ("used_at", MomentFilter),
    )
    list_select_related = ("template", "member", "guide")
    search_fields = ("code", "member__code", "order_no")
    search_help_text = _("Coupon code, member code or order number")
    inlines = (EventInline,)
    actions = ("void",)

    @display(description=_("state"), label=LABELS)
    def shown_state(self, coupon: Coupon) -> tuple[str, str]:
        """The state as a coloured label."""
        return coupon.state, coupon.get_state_display()

    @action(description=_("Withdraw unused coupons"), permissions=["void"])
    def void(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Take unused coupons back; points paid for them return."""
        self.run_verb(request, queryset, lambda coupon: voiding.void(coupon, by=request.user), _("Withdrawn"))

    def has_void_permission(self, request: HttpRequest) -> bool:
        """Whoever may take back a bulk issue."""
        return request.user.has_perm("coupons.add_issuerun")
