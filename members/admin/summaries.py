"""The tables that figures of insight are read from, to look at: what was counted, and as of when."""

from django.contrib import admin

from members.models import DaySales, Flow, Headcount, RfmCount, SourceCount, SummaryState, TouchedSale
from stores.admin.base import ReadOnlyAdmin


@admin.register(SummaryState)
class SummaryStateAdmin(ReadOnlyAdmin):
    """Which summary was counted for which day, and when."""

    list_display = ("name", "day", "as_of")
    list_filter = ("name",)
    ordering = ("-day", "name")


@admin.register(Headcount)
class HeadcountAdmin(ReadOnlyAdmin):
    """Living members by home store, tier and stage."""

    list_display = ("day", "store", "tier", "stage", "members", "bought_60d", "again_60d", "orders_365d", "spend_365d")
    list_select_related = ("store", "tier")
    ordering = ("-pk",)


@admin.register(RfmCount)
class RfmCountAdmin(ReadOnlyAdmin):
    """Buyers by scores."""

    list_display = ("store", "recency", "frequency", "money", "members", "spend")
    list_select_related = ("store",)
    ordering = ("-pk",)


@admin.register(SourceCount)
class SourceCountAdmin(ReadOnlyAdmin):
    """Members by month of joining and where they came from."""

    list_display = ("month", "store", "source", "members", "bought", "again", "spend")
    list_select_related = ("store",)
    ordering = ("-pk",)


@admin.register(DaySales)
class DaySalesAdmin(ReadOnlyAdmin):
    """Sales by day and store."""

    list_display = ("day", "store", "orders", "sales", "member_orders", "member_sales", "first_orders")
    list_select_related = ("store",)
    ordering = ("-pk",)


@admin.register(Flow)
class FlowAdmin(ReadOnlyAdmin):
    """Moves between tiers and stages by month."""

    list_display = ("month", "of", "store", "before", "after", "by_rules", "members")
    list_select_related = ("store",)
    list_filter = ("of",)
    ordering = ("-pk",)


@admin.register(TouchedSale)
class TouchedSaleAdmin(ReadOnlyAdmin):
    """Sales that changed after they were recorded, until the night has counted their day anew."""

    list_display = ("paid_at",)
    ordering = ("-pk",)
