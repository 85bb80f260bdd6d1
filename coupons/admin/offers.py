"""One-to-one offers, and the quotas and budgets that bound them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter

from coupons.models import Offer, OfferQuota, StoreBudget
from stores.admin.base import HqAdmin, NoDeleteMixin, ReadOnlyAdmin


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    """What guides sent to whom, and what became of it."""

    list_display = ("member", "guide", "store", "template", "channel", "state", "coupon", "created_at", "sent_at")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("store", RelatedDropdownFilter),
        ("template", RelatedDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("member", "guide", "store", "template", "coupon")
    search_fields = ("member__code", "guide__name__startswith")
    search_help_text = _("Member code or guide's name")


@admin.register(OfferQuota)
class OfferQuotaAdmin(NoDeleteMixin, HqAdmin):
    """How many each guide may send; the limit can be raised here."""

    list_display = ("guide", "template", "month", "used", "limit")
    list_filter = (("template", RelatedDropdownFilter),)
    list_select_related = ("guide", "template")
    search_fields = ("guide__name__startswith",)
    readonly_fields = ("used",)
    autocomplete_fields = ("guide", "template")


@admin.register(StoreBudget)
class StoreBudgetAdmin(NoDeleteMixin, HqAdmin):
    """What the guides of a store may give away in a month."""

    list_display = ("store", "month", "used", "limit")
    list_filter = (("store", RelatedDropdownFilter),)
    list_select_related = ("store",)
    readonly_fields = ("used",)
    autocomplete_fields = ("store",)
