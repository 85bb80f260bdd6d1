"""Guide tasks, their occasions and the scripts in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RelatedDropdownFilter
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import display

from campaigns.models import GuideTask, ReasonSetting, Script, TaskState
from campaigns.reasons.chances import chance_of
from campaigns.resources import ScriptResource
from stores.admin.base import HqAdmin, ReadOnlyAdmin
from stores.admin.uploads import TableForm

LABELS = {
    TaskState.OPEN: "info",
    TaskState.DONE: "success",
    TaskState.DISMISSED: "warning",
    TaskState.LAPSED: "danger",
}


@admin.register(GuideTask)
class GuideTaskAdmin(ReadOnlyAdmin):
    """What guides were asked to do, and how it ended."""

    list_display = ("member", "reason", "guide", "store", "due_on", "value", "shown_state", "outcome", "closed_at")
    list_filter = (
        ("reason", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        ("store", RelatedDropdownFilter),
        ("due_on", RangeDateFilter),
    )
    list_select_related = ("member", "guide", "store")
    search_fields = ("member__code", "guide__name__startswith")
    search_help_text = _("Member code or guide's name")

    @display(description=_("state"), label=LABELS)
    def shown_state(self, task: GuideTask) -> tuple[str, str]:
        """The state as a coloured label."""
        return task.state, task.get_state_display()


@admin.register(ReasonSetting)
class ReasonSettingAdmin(HqAdmin):
    """Which occasions become tasks, and what they suggest."""

    list_display = ("reason", "is_active", "template", "days", "uplift_percent", "measured", "chance")
    list_select_related = ("template",)
    autocomplete_fields = ("template",)
    readonly_fields = ("measured", "chance", "measured_on")

    @display(description=_("bought after a contact"))
    def measured(self, setting: ReasonSetting) -> str:
        """How many of how many."""
        return f"{setting.bought} / {setting.contacted}"

    @display(description=_("chance that tasks rank by"))
    def chance(self, setting: ReasonSetting) -> str:
        """In percent; what is assumed as long as little was measured."""
        return f"{chance_of(setting).percent} %" if setting.reason else "-"


@admin.register(Script)
class ScriptAdmin(ImportExportModelAdmin, HqAdmin):
    """Words for guides, with variables in braces."""

    resource_classes = (ScriptResource,)
    import_form_class = TableForm
    export_form_class = ExportForm
    list_display = ("style", "reason", "text", "position", "is_active")
    list_filter = (("reason", ChoicesDropdownFilter), "is_active")
    search_fields = ("style", "text")
