"""Touches and attributed orders, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from campaigns.models import Attribution, Touch
from stores.admin.base import ReadOnlyAdmin
from stores.admin.filters import MomentFilter


@admin.register(Touch)
class TouchAdmin(ReadOnlyAdmin):
    """Who was reached, by whom, through which channel."""

    list_display = ("member", "guide", "store", "source", "channel", "state", "suppressed_by", "at")
    list_filter = (
        ("source", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        ("store", RelatedDropdownFilter),
        ("at", MomentFilter),
    )
    list_select_related = ("member", "guide", "store")
    search_fields = ("member__code", "guide__name__startswith")
    search_help_text = _("Member code or guide's name")


@admin.register(Attribution)
class AttributionAdmin(ReadOnlyAdmin):
    """Which sales followed which touch."""

    list_display = ("order", "member", "kind", "guide", "store", "amount", "ordered_at")
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("store", RelatedDropdownFilter),
        ("ordered_at", MomentFilter),
    )
    list_select_related = ("order", "member", "guide", "store")
    search_fields = ("member__code", "order__order_no", "guide__name__startswith")
    search_help_text = _("Member code, order number or guide's name")
