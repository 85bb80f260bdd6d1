"""The timeline and the deliveries of its batches."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, FieldTextFilter
from unfold.decorators import action, display

from members import delivery
from members.models import Delivery, DeliveryState, TimelineFact
from stores.admin.base import ReadOnlyAdmin
from stores.admin.filters import MomentFilter

LABELS = {
    DeliveryState.WAITING: "info",
    DeliveryState.DONE: "success",
    DeliveryState.SPLIT: "warning",
    DeliveryState.QUARANTINED: "danger",
}


@admin.register(TimelineFact)
class TimelineFactAdmin(ReadOnlyAdmin):
    """Everything that happened, newest first."""

    list_display = ("kind", "member", "at", "subject", "data", "batch", "depth")
    list_filter = (("kind", FieldTextFilter), ("at", MomentFilter))
    list_select_related = ("member",)
    search_fields = ("member__code",)
    search_help_text = _("Member code")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What waits, what is done, and what was set aside because it kept failing."""

    list_display = ("batch", "reaction", "shown_state", "attempts", "due_at", "done_at", "error")
    list_filter = (("state", ChoicesDropdownFilter),)
    search_fields = ("batch",)
    actions = ("retry",)

    @display(description=_("state"), label=LABELS)
    def shown_state(self, row: Delivery) -> tuple[str, str]:
        """The state as a coloured label."""
        return row.state, row.get_state_display()

    @action(description=_("Try again"), permissions=["run"])
    def retry(self, request: HttpRequest, queryset: Any) -> None:
        """Put what was set aside back on its way."""
        self.run_verb(request, queryset, delivery.retry, _("On its way again"))

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Headquarters may try again."""
        return request.user.sees_all
