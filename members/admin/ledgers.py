"""The growth and points ledgers and the consent ledger: to look at, never to edit."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from members.models import Consent, GrowthEntry, PointsEntry
from stores.admin.base import ReadOnlyAdmin


class LedgerAdmin(ReadOnlyAdmin):
    """What the two ledgers' pages share."""

    list_display = ("member", "signed", "kind", "order", "at", "note", "made_by")
    list_filter = (("kind", ChoicesDropdownFilter), ("at", RangeDateTimeFilter))
    list_select_related = ("member", "order", "made_by")
    search_fields = ("member__code",)
    search_help_text = _("Member code")

    @display(description=_("change"), label={True: "success", False: "danger"})
    def signed(self, entry: GrowthEntry | PointsEntry) -> tuple[bool, str]:
        """The change with its sign, green up and red down."""
        return entry.delta > 0, f"{entry.delta:+,}"


@admin.register(GrowthEntry)
class GrowthEntryAdmin(LedgerAdmin):
    """Every change of growth value."""


@admin.register(PointsEntry)
class PointsEntryAdmin(LedgerAdmin):
    """Every change of points."""

    list_display = (*LedgerAdmin.list_display, "expires_at")


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Who agreed to what, in which words, and who took it back."""

    list_display = ("member", "channel", "purpose", "granted", "wording_version", "collected_by", "at")
    list_filter = (("channel", ChoicesDropdownFilter), "granted")
    list_select_related = ("member",)
    search_fields = ("member__code",)
    search_help_text = _("Member code")
