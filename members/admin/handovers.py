"""HQ's pages of hand-overs: what was decided, and what became of each member."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from members.models import HandedMember, HandOver
from stores.admin.base import ReadOnlyAdmin


@admin.register(HandOver)
class HandOverAdmin(ReadOnlyAdmin):
    """Every hand-over that a leader decided."""

    when_empty = _("No hand-overs yet. Store and area managers decide them on their team page.")
    list_display = ("giver", "store", "rule", "state", "planned", "moved", "due_at", "created_by", "created_at")
    list_select_related = ("giver", "store", "created_by")
    list_filter = (("state", ChoicesDropdownFilter), ("rule", ChoicesDropdownFilter))


@admin.register(HandedMember)
class HandedMemberAdmin(ReadOnlyAdmin):
    """Who went from whom to whom."""

    when_empty = _("Nobody has been handed over yet.")
    list_display = ("member", "before", "guide", "state", "hand_over")
    list_select_related = ("member", "before", "guide", "hand_over__giver")
    list_filter = (("state", ChoicesDropdownFilter),)
    search_fields = ("member__code",)
    search_help_text = _("Member code")
