"""Points exchanges: who took which coupon for how many points, and what was given back."""

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display

from coupons import voiding
from coupons.models import PointsExchange
from stores.admin.base import ReadOnlyAdmin
from stores.admin.filters import MomentFilter


@admin.register(PointsExchange)
class PointsExchangeAdmin(ReadOnlyAdmin):
    """Every coupon that was taken for points. Withdrawing an unused one gives the points back."""

    list_display = ("member", "template", "points", "coupon", "made_by", "partner", "made_at", "standing")
    list_filter = (
        ("template", RelatedDropdownFilter),
        ("made_at", MomentFilter),
        ("returned_at", EmptyFieldListFilter),
    )
    list_select_related = ("member", "template", "coupon", "made_by", "partner")
    search_fields = ("member__code", "coupon__code")
    search_help_text = _("Member code or coupon code")
    actions = ("undo",)

    @display(description=_("state"), label={"back": "warning", "used": "info", "issued": "success"})
    def standing(self, made: PointsExchange) -> tuple[str, str]:
        """Where the coupon stands, or that the points came back."""
        if made.returned_at:
            return "back", str(_("points given back"))
        return made.coupon.state, made.coupon.get_state_display()

    @action(description=_("Withdraw the coupon, give the points back"), permissions=["undo"])
    def undo(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Only for unused coupons."""
        self.run_verb(
            request, queryset, lambda made: voiding.undo_exchange(made, by=request.user), _("Points given back")
        )

    def has_undo_permission(self, request: HttpRequest) -> bool:
        """Whoever looks after coupons."""
        return request.user.has_perm("coupons.change_pointsexchange")
