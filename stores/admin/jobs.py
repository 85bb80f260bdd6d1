"""Jobs and settings in the admin."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from stores import jobs, policy
from stores.admin.base import HqAdmin, ReadOnlyAdmin
from stores.errors import NotAllowed, Refusal
from stores.models import Job, JobState, Setting

LABELS = {
    JobState.WAITING: "info",
    JobState.RUNNING: "info",
    JobState.PAUSED: "warning",
    JobState.DONE: "success",
    JobState.FAILED: "danger",
    JobState.CANCELLED: "warning",
}


def job_progress(job: Job) -> str:
    """A bar that keeps itself up to date, for the page of whatever the job works for."""
    url = reverse("admin:stores_job_progress", args=[job.pk])
    return render_to_string("stores/hq/_job_progress.html", {"job": job, "pace": jobs.pace(job), "url": url})


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Long work: how far it is, and pause, go on, cancel."""

    when_empty = _("No jobs yet. Imports, bulk issues and the work of the night appear here with their progress.")
    list_display = ("__str__", "kind", "shown_state", "progress", "error", "created_at", "finished_at")
    list_filter = (("state", ChoicesDropdownFilter),)
    search_fields = ("title__icontains", "kind")
    actions = ("pause", "resume", "cancel")
    readonly_fields = ("live",)
    fields = ("live", "title", "kind", "queue", "created_by", "created_at", "started_at", "finished_at", "result")

    @display(description=_("state"), label=LABELS)
    def shown_state(self, job: Job) -> tuple[str, str]:
        """The state as a coloured label."""
        return job.state, job.get_state_display()

    @admin.display(description=_("progress"))
    def progress(self, job: Job) -> str:
        """Rows done of rows in all."""
        return f"{job.percent} % ({job.done:,}/{job.total:,})"

    @admin.display(description=_("progress"))
    def live(self, job: Job) -> str:
        """The bar on the job's own page."""
        return job_progress(job)

    def get_urls(self) -> list[URLPattern]:
        """With the address that the bar asks."""
        bar = path("<int:pk>/progress/", self.admin_site.admin_view(self.bar), name="stores_job_progress")
        return [bar, *super().get_urls()]

    def bar(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The bar alone."""
        return HttpResponse(job_progress(get_object_or_404(Job.objects.visible_to(request.user), pk=pk)))

    @action(description=_("Pause"), permissions=["run"])
    def pause(self, request: HttpRequest, queryset: Any) -> None:
        """Stop the chosen jobs after their present chunk."""
        self.run_verb(request, queryset, self._if_allowed(request, jobs.pause), _("Paused"))

    @action(description=_("Go on"), permissions=["run"])
    def resume(self, request: HttpRequest, queryset: Any) -> None:
        """Let the chosen jobs go on."""
        self.run_verb(request, queryset, self._if_allowed(request, jobs.resume), _("Goes on"))

    @action(description=_("Cancel"), permissions=["run"])
    def cancel(self, request: HttpRequest, queryset: Any) -> None:
        """End the chosen jobs; what they did stays."""
        self.run_verb(request, queryset, self._if_allowed(request, jobs.cancel), _("Cancelled"))

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Headquarters run jobs."""
        return request.user.sees_all

    def _if_allowed(self, request: HttpRequest, verb: Callable[[Job], None]) -> Callable[[Job], None]:
        """The verb, which refuses the house's own jobs (nobody started them) to all but administrators."""

        def careful(job: Job) -> None:
            if job.created_by_id is None and not request.user.has_perm("stores.change_job"):
                raise NotAllowed(_("Only an administrator stops or starts the house's own jobs."), code="not_your_job")
            verb(job)

        return careful


class SettingForm(forms.ModelForm):
    """One setting: chosen by name, checked against the bounds of its rule."""

    name = forms.ChoiceField(label=_("name"))

    class Meta:
        model = Setting
        fields = ("name", "value")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" in self.fields:
            self.fields["name"].choices = [(one.name, one.label) for one in policy.REGISTRY.values()]

    def clean(self) -> dict[str, Any]:
        """Check the value against the rule's bounds."""
        data = super().clean()
        name = data.get("name") or self.instance.name
        if name in policy.REGISTRY and "value" in data:
            try:
                policy.REGISTRY[name].check(data["value"])
            except Refusal as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return data


@admin.register(Setting)
class SettingAdmin(HqAdmin):
    """The numbers HQ may change; a deleted row goes back to the default."""

    form = SettingForm
    list_display = ("label", "value", "default", "changed_by", "changed_at")
    list_select_related = ("changed_by",)

    @admin.display(description=_("setting"))
    def label(self, setting: Setting) -> str:
        """The rule in words."""
        known = policy.REGISTRY.get(setting.name)
        return str(known.label) if known else setting.name

    @admin.display(description=_("default"))
    def default(self, setting: Setting) -> str:
        """What holds without this row."""
        known = policy.REGISTRY.get(setting.name)
        return str(known.default) if known else "—"

    def get_readonly_fields(self, request: HttpRequest, obj: Setting | None = None) -> Any:
        """The name of a setting stays."""
        return ("name",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Setting, form: Any, change: bool) -> None:
        """Change it through the verb."""
        policy.change(obj.name, obj.value, by=request.user)
