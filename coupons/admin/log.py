"""The redemption log: every move of every coupon, narrowed by day, store, template, move and channel, and to take away.

A file holds at most ``EXPORTED`` rows, the latest first. Who took one, when, and how many rows stands above the list.
"""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter, TextFilter
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import display

from coupons.models import CouponEvent
from coupons.resources import EventResource
from stores.admin.base import ReadOnlyAdmin
from stores.admin.filters import MomentFilter

EXPORTED = 50_000  # rows of one file, the latest first
SHOWN = 5  # exports named above the list
Move = CouponEvent.Move
LABELS = {
    Move.LOCKED: "warning",
    Move.RELEASED: "info",
    Move.REDEEMED: "success",
    Move.REVERSED: "warning",
    Move.GIVEN_BACK: "warning",
    Move.NEW_TERMS: "info",
    Move.EXPIRED: "danger",
    Move.VOIDED: "danger",
}


class ChannelFilter(TextFilter):
    """The channel as the receipt names it, whole."""

    title = _("channel")
    parameter_name = "channel"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The moves on receipts of this channel."""
        return queryset.filter(order_channel=self.value().strip()) if self.value() else queryset


@admin.register(CouponEvent)
class CouponEventAdmin(ExportMixin, ReadOnlyAdmin):
    """What happened to coupons after their issue, the latest first."""

    resource_classes = (EventResource,)
    export_form_class = ExportForm
    list_display = ("at", "shown_move", "coupon", "template", "store", "order_channel", "order_no", "amount", "actor")
    list_filter = (
        ("at", MomentFilter),
        ("move", ChoicesDropdownFilter),
        ("store", RelatedDropdownFilter),
        ("coupon__template", RelatedDropdownFilter),
        ChannelFilter,
    )
    list_select_related = ("coupon__template", "coupon__member", "store")
    search_fields = ("coupon__code", "coupon__order_no", "coupon__member__code")
    search_help_text = _("Coupon code, order number or member code")
    list_before_template = "coupons/hq/log_exports.html"

    @display(description=_("what happened"), label=LABELS)
    def shown_move(self, event: CouponEvent) -> tuple[str, str]:
        """The move as a coloured label."""
        return event.move, event.get_move_display()

    @admin.display(description=_("coupon template"))
    def template(self, event: CouponEvent) -> str:
        """What the coupon was given from."""
        return event.coupon.template.name

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, below who took files of it."""
        exports = LogEntry.objects.filter(content_type=self._table()).select_related("user").order_by("-pk")[:SHOWN]
        return super().changelist_view(request, {**(extra_context or {}), "exports": exports, "cap": EXPORTED})

    def get_export_queryset(self, request: HttpRequest) -> QuerySet:
        """The latest moves that the filters leave."""
        return super().get_export_queryset(request)[:EXPORTED]

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: QuerySet, **kwargs: Any) -> Any:
        """The file; who took it is written down first."""
        rows = queryset.select_related("coupon__template", "coupon__member", "store")
        LogEntry.objects.create(
            user=request.user, content_type=self._table(), action_flag=CHANGE, object_repr=f"{rows.count()}",
            change_message=request.META.get("QUERY_STRING", "")[:500],
        )  # fmt: skip
        return super().get_export_data(file_format, request, rows, **kwargs)

    def _table(self) -> ContentType:
        return ContentType.objects.get_for_model(CouponEvent)
