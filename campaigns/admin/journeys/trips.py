"""Who is on which journey, and how steps ended, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from campaigns.models import StepTally, Trip, Visit
from stores.admin.base import LookOnlyInline, ReadOnlyAdmin

ENDED_BY = {
    "exit": _("Something let them out early"),
    "replaced": _("A new version, or the end of the journey"),
    "erased": _("The member's data was erased"),
    "left": _("Came to a step that ends it"),
}


class VisitInline(LookOnlyInline):
    """What came of each step."""

    model = Visit
    fields = ("step", "outcome", "skipped", "at")


@admin.register(Trip)
class TripAdmin(ReadOnlyAdmin):
    """Who is on which journey, where, and what came of each step."""

    list_display = ("member", "journey", "arm", "state", "ended_by", "step", "due_at", "entered_at", "ended_at")
    list_filter = (("journey", RelatedDropdownFilter), ("state", ChoicesDropdownFilter), ("arm", ChoicesDropdownFilter))
    list_select_related = ("member", "journey")
    search_fields = ("member__code",)
    search_help_text = _("Member code")
    inlines = (VisitInline,)

    @admin.display(description=_("why it ended"))
    def ended_by(self, trip: Trip) -> str:
        """Why it ended before its time, in words."""
        return str(ENDED_BY.get(trip.why, trip.why or "—"))


@admin.register(StepTally)
class StepTallyAdmin(ReadOnlyAdmin):
    """How often a step ended how."""

    list_display = ("version", "step", "outcome", "day", "trips")
    list_select_related = ("version__journey",)
