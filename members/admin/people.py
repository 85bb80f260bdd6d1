"""Identities, assignments, notes and facts as lists of their own, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from members.models import Assignment, Identity, MemberFacts, MemberPlace, Note
from stores.admin.base import ReadOnlyAdmin


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    """Which identities lead to whom, masked: a whole phone number is shown only by an audited reveal."""

    list_display = ("member", "kind", "shown", "source", "created_at")
    list_filter = (("kind", ChoicesDropdownFilter),)
    list_select_related = ("member",)
    search_fields = ("member__code",)
    search_help_text = _("Member code")
    fields = ("member", "kind", "shown", "source", "created_at")


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    """Who looked after whom, from when to when, and why that changed."""

    list_display = ("member", "guide", "store", "started_at", "ended_at", "reason", "changed_by")
    list_filter = (("store", RelatedDropdownFilter),)
    list_select_related = ("member", "guide", "store", "changed_by")
    search_fields = ("member__code", "guide__name__startswith")
    search_help_text = _("Member code or guide's name")


@admin.register(MemberPlace)
class MemberPlaceAdmin(ReadOnlyAdmin):
    """Where members live, as they told: what rules about the distance from a store go by."""

    list_display = ("member", "latitude", "longitude", "told_at")
    list_select_related = ("member",)
    search_fields = ("member__code",)
    search_help_text = _("Member code")


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin):
    """What guides wrote down."""

    list_display = ("member", "text", "author", "store", "created_at")
    list_filter = (("store", RelatedDropdownFilter),)
    list_select_related = ("member", "author", "store")
    search_fields = ("member__code",)
    search_help_text = _("Member code")


@admin.register(MemberFacts)
class MemberFactsAdmin(ReadOnlyAdmin):
    """What the orders say, member by member."""

    list_display = (
        "member",
        "orders",
        "spend",
        "orders_365d",
        "spend_365d",
        "usual_gap_days",
        "last_order_at",
        "recency_score",
        "frequency_score",
        "money_score",
        "next_change_on",
    )
    list_select_related = ("member",)
    search_fields = ("member__code",)
    search_help_text = _("Member code")
