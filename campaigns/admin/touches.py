"""Touches and attributed orders, to look at."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)

from campaigns.lift.boards import steps_of
from campaigns.models import Attribution, Channel, Touch, TouchState, TouchText
from campaigns.touches import reasons
from members.models import Consent
from stores.admin.base import LookOnlyInline, ReadOnlyAdmin
from stores.admin.filters import MomentFilter

WAYS = dict([*Channel.choices, *Consent.Channel.choices])


class ChannelFilter(DropdownFilter):
    """Through which channel, those of guides included."""

    title = _("channel")
    parameter_name = "channel"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        """The channels of machines, and those that only guides use."""
        return list(WAYS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """What took the channel chosen."""
        return queryset.filter(channel=self.value()) if self.value() else queryset


class ReasonFilter(DropdownFilter):
    """Why a message waits, was held back or was turned down."""

    title = _("why")
    parameter_name = "suppressed_by"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        """The reasons that the house gives itself."""
        return list(reasons.REASONS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The messages with the reason chosen."""
        return queryset.filter(suppressed_by=self.value()) if self.value() else queryset


class TouchTextInline(LookOnlyInline):
    """The words as they left."""

    model = TouchText
    fields = ("subject", "text", "link")


@admin.register(Touch)
class TouchAdmin(ReadOnlyAdmin):
    """Who was reached or is to be, by whom or what, through which channel; what waits, why, and until when."""

    list_display = ("member", "guide", "store", "source", "way", "state", "why", "next_at", "at")
    list_filter = (
        ("source", ChoicesDropdownFilter),
        ChannelFilter,
        ("state", ChoicesDropdownFilter),
        ReasonFilter,
        ("store", RelatedDropdownFilter),
        ("at", MomentFilter),
    )
    list_select_related = ("member", "guide", "store")
    search_fields = ("member__code", "guide__name__startswith")
    search_help_text = _("Member code or guide's name")
    inlines = (TouchTextInline,)
    fields = (
        ("member", "guide", "store"),
        ("source", "source_id", "step", "occurrence"),
        ("way", "message", "coupon_id", "value"),
        ("state", "why", "provider_id"),
        ("attempt", "tried_since"),
        ("due_at", "stale_at", "at"),
        ("delivered_at", "read_at", "clicked_at"),
    )
    readonly_fields = ("way", "why")

    @admin.display(description=_("channel"), ordering="channel")
    def way(self, touch: Touch) -> str:
        """The channel as people call it."""
        return str(WAYS.get(touch.channel, touch.channel))

    @admin.display(description=_("why"))
    def why(self, touch: Touch) -> str:
        """Why it waits, was held back or was turned down."""
        return reasons.said(touch.suppressed_by)

    @admin.display(description=_("leaves at the earliest"))
    def next_at(self, touch: Touch) -> datetime | None:
        """When a message that waits is allowed to leave; nothing for all others."""
        return touch.due_at if touch.state == TouchState.PLANNED else None


@admin.register(Attribution)
class AttributionAdmin(ReadOnlyAdmin):
    """Which sales followed which touch."""

    list_display = (
        "order", "member", "kind", "source", "campaign", "journey", "step_name", "guide", "store", "amount",
        "ordered_at",
    )  # fmt: skip
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ("campaign", RelatedDropdownFilter),
        ("journey", RelatedDropdownFilter),
        ("guide", AutocompleteSelectFilter),
        ("store", RelatedDropdownFilter),
        ("ordered_at", MomentFilter),
    )
    list_select_related = ("order", "member", "campaign", "guide", "store")
    search_fields = ("member__code", "order__order_no", "guide__name__startswith")
    search_help_text = _("Member code, order number or guide's name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attribution]:
        """With the versions of each journey, once for all its orders: their steps have names."""
        return super().get_queryset(request).prefetch_related("journey__versions")

    @admin.display(description=_("step"), ordering="step")
    def step_name(self, attribution: Attribution) -> str:
        """The step of a journey as people call it."""
        names = steps_of(attribution.journey) if attribution.journey and attribution.step else {}
        return names.get(attribution.step, attribution.step)
