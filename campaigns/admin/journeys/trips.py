"""Who is on which journey, and how steps ended, to look at."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from campaigns.journeys import sketching
from campaigns.journeys.steps import KINDS
from campaigns.models import JourneyVersion, StepTally, Trip, Visit
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
    fields = ("named", "ended", "skipped", "at")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """With the steps of each version."""
        return super().get_queryset(request).select_related("version")

    @admin.display(description=_("step"))
    def named(self, visit: Visit) -> str:
        """The kind of step with its key."""
        return _named(visit.version, visit.step)

    @admin.display(description=_("outcome"))
    def ended(self, visit: Visit) -> str:
        """How it ended, in words."""
        kind = KINDS.get(_kind(visit.version, visit.step))
        return str(kind.outcomes.get(visit.outcome, visit.outcome)) if kind else visit.outcome


@admin.register(Trip)
class TripAdmin(ReadOnlyAdmin):
    """Who is on which journey, where, and what came of each step."""

    list_display = ("member", "journey", "arm", "state", "ended_by", "stands", "due_at", "entered_at", "ended_at")
    list_filter = (("journey", RelatedDropdownFilter), ("state", ChoicesDropdownFilter), ("arm", ChoicesDropdownFilter))
    list_select_related = ("member", "journey", "version")
    search_fields = ("member__code",)
    search_help_text = _("Member code")
    inlines = (VisitInline,)

    @admin.display(description=_("step"))
    def stands(self, trip: Trip) -> str:
        """Where they stand, by the kind of step and its key."""
        return _named(trip.version, trip.step) if trip.step else "—"

    @admin.display(description=_("why it ended"))
    def ended_by(self, trip: Trip) -> str:
        """Why it ended before its time, in words."""
        return str(ENDED_BY.get(trip.why, trip.why or "—"))


def _kind(version: JourneyVersion, step: str) -> str:
    """The kind of a step of a version; nothing when it has none of this key."""
    return next((str(node["kind"]) for node in sketching.walk(version.flow["steps"]) if node["key"] == step), "")


def _named(version: JourneyVersion, step: str) -> str:
    kind = KINDS.get(_kind(version, step))
    return f"{kind.label} · {step}" if kind else step


@admin.register(StepTally)
class StepTallyAdmin(ReadOnlyAdmin):
    """How often a step ended how."""

    list_display = ("version", "step", "outcome", "day", "trips")
    list_select_related = ("version__journey",)
