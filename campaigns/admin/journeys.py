"""Journeys, their versions and who is on the way, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from campaigns.models import Journey, JourneyVersion, StepTally, Trip, Visit
from stores.admin.base import LookOnlyInline, ReadOnlyAdmin


class VersionInline(LookOnlyInline):
    """The versions of a journey."""

    model = JourneyVersion
    fields = ("number", "state", "published_at", "published_by")
    ordering = ("-number",)


@admin.register(Journey)
class JourneyAdmin(ReadOnlyAdmin):
    """Every journey, whether it runs, and since which version."""

    when_empty = _("No journeys yet.")
    list_display = ("name", "shown_state", "version", "reentry", "holdout_percent", "problem")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("version__journey",)
    inlines = (VersionInline,)

    @display(description=_("state"), label={"running": "success", "paused": "warning", "draft": "info"})
    def shown_state(self, journey: Journey) -> tuple[str, str]:
        """The state as a coloured label."""
        return journey.state, journey.get_state_display()


class VisitInline(LookOnlyInline):
    """What came of each step."""

    model = Visit
    fields = ("step", "outcome", "at")


@admin.register(Trip)
class TripAdmin(ReadOnlyAdmin):
    """Who is on which journey, where, and what came of each step."""

    list_display = ("member", "journey", "arm", "state", "step", "due_at", "entered_at", "ended_at")
    list_filter = (("journey", RelatedDropdownFilter), ("state", ChoicesDropdownFilter), ("arm", ChoicesDropdownFilter))
    list_select_related = ("member", "journey")
    search_fields = ("member__code",)
    search_help_text = _("Member code")
    inlines = (VisitInline,)


@admin.register(StepTally)
class StepTallyAdmin(ReadOnlyAdmin):
    """How often a step ended how."""

    list_display = ("version", "step", "outcome", "trips")
    list_select_related = ("version__journey",)
