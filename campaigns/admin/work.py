"""HQ's page of the months of work, below who took files of them: managers give a reason for each."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RelatedDropdownFilter

from campaigns.models import WorkMonth
from stores.admin.base import ReadOnlyAdmin

SHOWN = 20  # files named above the list


@admin.register(WorkMonth)
class WorkMonthAdmin(ReadOnlyAdmin):
    """What stores and guides did, month by month, as counted last."""

    when_empty = _("Nothing counted yet. The months of stores and guides are counted at night.")
    list_display = (
        "month", "store", "guide", "members", "new_members", "tasks_done", "reached", "sent", "used", "direct",
        "followed", "verdict", "as_of",
    )  # fmt: skip
    list_filter = (
        ("month", RangeDateFilter), ("store", RelatedDropdownFilter), ("verdict", ChoicesDropdownFilter),
    )  # fmt: skip
    list_select_related = ("store", "guide")
    search_fields = ("guide__name__startswith", "store__code")
    search_help_text = _("Guide's name or code of the store")
    list_before_template = "campaigns/hq/files_taken.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, below who took files of it and why."""
        table = ContentType.objects.get_for_model(WorkMonth)
        taken = LogEntry.objects.filter(content_type=table).select_related("user").order_by("-pk")[:SHOWN]
        return super().changelist_view(request, {**(extra_context or {}), "taken": taken})
