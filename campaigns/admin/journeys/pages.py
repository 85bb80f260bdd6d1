"""The list of journeys with their figures, and the form with which one begins."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from campaigns.admin.journeys.inviting import InvitingViews
from campaigns.journeys import counts, setup
from campaigns.models import Journey, VersionState
from stores.admin.base import NoDeleteMixin


@admin.register(Journey)
class JourneyAdmin(NoDeleteMixin, InvitingViews):
    """Every journey: whether it runs, who is on the way, and how many reached the goal."""

    when_empty = _("No journeys yet. Begin with one, or install a playbook.")
    list_display = ("name", "shown_state", "shown_version", "entered", "on_the_way", "reached", "control", "problem")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("version",)
    search_fields = ("name__icontains",)
    fields = ("name", "note", "reentry", "reentry_days", "holdout_percent")

    def get_urls(self) -> list[URLPattern]:
        """With the editor, what is done with a journey as a whole, playbooks and dry runs."""
        return [
            *self.editor_urls(),
            *self.turning_urls(),
            *self.trying_urls(),
            *self.inviting_urls(),
            *super().get_urls(),
        ]

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list, its figures counted for the whole page at once."""
        found = super().get_changelist_instance(request)
        self._counted(found.result_list)
        return found

    def save_model(self, request: HttpRequest, obj: Journey, form: Any, change: bool) -> None:
        """Begin a journey."""
        made = setup.begin(**form.cleaned_data, by=request.user)
        obj.pk = made.pk

    def response_add(self, request: HttpRequest, obj: Journey, post_url_continue: Any = None) -> HttpResponse:
        """On to its steps."""
        return HttpResponseRedirect(reverse("admin:campaigns_journey_change", args=[obj.pk]) + "?at=trigger")

    @display(
        description=_("state"), label={"running": "success", "paused": "warning", "draft": "info", "ended": "default"}
    )
    def shown_state(self, journey: Journey) -> tuple[str, str]:
        """The state as a coloured label."""
        return journey.state, journey.get_state_display()

    @admin.display(description=_("version"))
    def shown_version(self, journey: Journey) -> str:
        """The number in force, and of the draft if there is one."""
        draft = next((one.number for one in journey.versions.all() if one.state == VersionState.DRAFT), None)
        now = f"v{journey.version.number}" if journey.version else "—"
        return f"{now} · {_('draft v%(number)s') % {'number': draft}}" if draft else now

    @admin.display(description=_("entered"))
    def entered(self, journey: Journey) -> str:
        """Everybody who ever entered."""
        return f"{journey.counted.all_entered:,}"

    @admin.display(description=_("on the way"))
    def on_the_way(self, journey: Journey) -> str:
        """Those who go through the steps now."""
        return f"{journey.counted.on_the_way:,}"

    @admin.display(description=_("reached the goal"))
    def reached(self, journey: Journey) -> str:
        """Of those who go through the steps."""
        return _share(journey.counted.reached.get("treated", 0), journey.counted.treated)

    @admin.display(description=_("control group"))
    def control(self, journey: Journey) -> str:
        """How many of the control group reached it by themselves."""
        return _share(journey.counted.reached.get("control", 0), journey.counted.control)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """With the versions of each."""
        return super().get_queryset(request).prefetch_related("versions")

    @staticmethod
    def _counted(journeys: Any) -> None:
        counted = counts.of_many(journeys)
        for journey in journeys:
            journey.counted = counted[journey.pk]


def _share(some: int, whole: int) -> str:
    return f"{some:,} ({100 * some / whole:.1f}%)" if whole else "—"
