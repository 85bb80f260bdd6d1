"""Tables about buying, to look at: gaps, cohorts, the fit of lifetime value, what is expected of members and stores."""

from django.contrib import admin

from members.models import CohortMonth, MemberOutlook, OutlookCount, PurchaseGaps, ValueFit
from stores.admin.base import ReadOnlyAdmin


@admin.register(PurchaseGaps)
class PurchaseGapsAdmin(ReadOnlyAdmin):
    """Days from the n-th purchase to the next, by month."""

    list_display = ("month", "nth", "level", "region")
    list_select_related = ("region",)
    list_filter = ("level", "nth")
    ordering = ("-month", "nth", "-pk")


@admin.register(CohortMonth)
class CohortMonthAdmin(ReadOnlyAdmin):
    """Who bought so many months after their first purchase."""

    list_display = ("month", "later", "level", "region", "buyers", "orders", "spend")
    list_select_related = ("region",)
    list_filter = ("level",)
    ordering = ("-month", "later", "-pk")


@admin.register(ValueFit)
class ValueFitAdmin(ReadOnlyAdmin):
    """Fits of lifetime value."""

    list_display = ("fitted_at", "until", "members", "log_likelihood")
    ordering = ("-fitted_at",)


@admin.register(MemberOutlook)
class MemberOutlookAdmin(ReadOnlyAdmin):
    """What is expected of members."""

    list_display = ("member", "alive", "expected_90d", "value_365d")
    list_select_related = ("member",)
    ordering = ("-pk",)


@admin.register(OutlookCount)
class OutlookCountAdmin(ReadOnlyAdmin):
    """What is expected of the members of stores."""

    list_display = ("store", "band", "members", "soon", "expected_90d", "value_365d")
    list_select_related = ("store",)
    list_filter = ("band",)
    ordering = ("-pk",)
