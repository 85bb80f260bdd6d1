"""What orders earn and how spend is scored, to look at: rates frozen on orders, cut points frozen per month."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from members.models import EarningRate, MoneyCuts, Tier
from stores.admin.base import ReadOnlyAdmin


@admin.register(EarningRate)
class EarningRateAdmin(ReadOnlyAdmin):
    """Every rate that orders carry: by default, by tier, and where the multipliers come from."""

    list_display = ("growth", "points", "tiers", "months", "origins")
    fields = list_display

    @admin.display(description=_("by tier"))
    def tiers(self, rate: EarningRate) -> str:
        """What a yuan earns in each tier for which it makes a difference: growth / points."""
        names = dict(Tier.objects.values_list("pk", "name")) if rate.by_tier else {}
        words = [f"{names.get(int(pk), pk)} {growth:g} / {points:g}" for pk, (growth, points) in rate.by_tier.items()]
        return " · ".join(words) or "—"

    @admin.display(description=_("sources"))
    def origins(self, rate: EarningRate) -> str:
        """The rules and benefits behind it."""
        return " · ".join(rate.sources) or "—"


@admin.register(MoneyCuts)
class MoneyCutsAdmin(ReadOnlyAdmin):
    """The cut points of M, month by month."""

    list_display = ("month", "points", "buyers", "frozen_at")
    fields = list_display
    ordering = ("-month",)

    @admin.display(description=_("cut points"))
    def points(self, row: MoneyCuts) -> str:
        """The four of them, in yuan."""
        return " · ".join(f"¥{cut:,.2f}" for cut in row.cuts)
