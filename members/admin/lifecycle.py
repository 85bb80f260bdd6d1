"""HQ's page of the lifecycle policy: its numbers in sentences, who would move, putting them into force, changes."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from members import lifecyclepolicy, lifecyclepreview
from members.insight.charts.matrix import DOWN, SAME, UP, Cell, Head, Matrix, Row, moves
from members.lifecyclepolicy import POLICIES, Numbers
from members.models import Stage
from stores.admin.jobs import job_progress
from stores.errors import Refusal
from stores.models import Job, JobState

HELP = {
    "lost_after": gettext_lazy("Lost: no order for more than so many days."),
    "declining_after": gettext_lazy("Declining: a regular without an order for more than so many days, not lost yet."),
    "regular_orders": gettext_lazy("A regular has at least so many orders in 365 days; whoever has fewer is growing."),
    "golden_days": gettext_lazy("Golden window: so many days after the first order. It moves nobody to another stage."),
}
GOOD = (Stage.GROWING, Stage.MATURE)


class NumbersForm(forms.Form):
    """The four numbers; ``token`` comes with a preview."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """With the numbers that hold."""
        super().__init__(*args, **kwargs)
        for name, value in vars(lifecyclepolicy.current()).items():
            bounds = POLICIES[name]
            self.fields[name] = forms.IntegerField(
                label=bounds.label,
                initial=self.initial.get(name, value),
                min_value=int(bounds.minimum or 1),
                max_value=36_500,
                widget=UnfoldAdminIntegerFieldWidget,
                help_text=HELP[name],
            )

    @property
    def numbers(self) -> Numbers:
        """What was entered. Only after ``is_valid``."""
        return Numbers(**{name: self.cleaned_data[name] for name in POLICIES})


@require_http_methods(["GET", "HEAD", "POST"])
def policy_page(request: HttpRequest) -> HttpResponse:
    """The numbers that hold; or a preview of those entered; or, with the preview seen, these put into force."""
    _only_hq(request)
    counting = None if request.method == "POST" else _counting(request)
    form = NumbersForm(request.POST or None, initial=vars(lifecyclepreview.numbers_of(counting)) if counting else None)
    seen = lifecyclepreview.of(counting) if counting and counting.state == JobState.DONE else None
    if form.is_valid():
        try:
            if "apply" in request.POST:
                return _applied(request, form)
            if lifecyclepreview.is_large():
                begun = lifecyclepreview.begin(form.numbers, by=request.user)
                return HttpResponseRedirect(f"{reverse('lifecycle-policy')}?counting={begun.pk}")
            seen = lifecyclepolicy.preview(form.numbers)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context = {
        **admin.site.each_context(request),
        "title": _("Lifecycle policy"),
        "form": form,
        "preview": seen,
        "matrix": moves(_matrix(_("Who would move"), dict(seen.moves), stays=True)) if seen else "",
        "counting": _waiting(counting) if counting and seen is None and not form.is_bound else "",
        "may_apply": _may_apply(request),
        "changes": _changes(),
    }
    return TemplateResponse(request, "members/hq/lifecycle.html", context)


@require_safe
def changes_part(request: HttpRequest) -> HttpResponse:
    """The last changes alone, for the page that asks while one is being applied."""
    _only_hq(request)
    return HttpResponse(_changes())


@require_safe
def counting_part(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the counting is; once it has ended, the page with what was counted."""
    _only_hq(request)
    counting = get_object_or_404(Job, pk=pk, kind=lifecyclepreview.JOB)
    if counting.finished_at:
        return HttpResponse(headers={"HX-Redirect": f"{reverse('lifecycle-policy')}?counting={pk}"})
    return HttpResponse(_waiting(counting))


def _counting(request: HttpRequest) -> Job | None:
    """The counting that the address names; none for one that is none."""
    pk = request.GET.get("counting", "")
    found = Job.objects.filter(kind=lifecyclepreview.JOB, pk=int(pk)) if pk.isdecimal() and len(pk) < 19 else None
    return found.first() if found else None


def _waiting(counting: Job) -> str:
    context = {"progress": job_progress(counting), "job": counting}
    return render_to_string("members/hq/_lifecycle_counting.html", context)


def _applied(request: HttpRequest, form: NumbersForm) -> HttpResponse:
    if not _may_apply(request):
        raise PermissionDenied
    lifecyclepolicy.apply(form.numbers, token=request.POST.get("token", ""), by=request.user)
    messages.success(request, _("The numbers hold. Members are being moved in the background."))
    return HttpResponseRedirect(reverse("lifecycle-policy"))


def _changes() -> str:
    found = lifecyclepolicy.changes()
    context = {"changes": [_told(job) for job in found], "asks_again": lifecyclepolicy.going() is not None}
    return render_to_string("members/hq/_lifecycle_changes.html", context)


def _told(job: Job) -> dict[str, Any]:
    """A change: what was changed, by whom, and who moved."""
    before, after = lifecyclepolicy.numbers_of(job)
    changed = [
        (POLICIES[name].label, old, getattr(after, name))
        for name, old in vars(before).items()
        if old != getattr(after, name)
    ]
    moved = lifecyclepolicy.moves_of(job)
    return {
        "job": job,
        "changed": changed,
        "moved": sum(moved.values()),
        "matrix": moves(_matrix(_("Who moved"), moved, stays=False)) if moved else "",
        "progress": "" if job.finished_at else job_progress(job),
    }


def _matrix(caption: str, found: dict[tuple[str, str], int], *, stays: bool) -> Matrix:
    """From which stage (rows) to which (columns)."""
    rows = []
    for before in Stage:
        cells = []
        for after in Stage:
            members = found.get((before.value, after.value), 0)
            mood = SAME if before is after else UP if after in GOOD else DOWN
            shown = members and (stays or before is not after)
            cells.append(Cell(float(members), f"{members:,}", mood=mood) if shown else Cell(None))
        rows.append(Row(Head(before.label), cells))
    return Matrix(caption, [Head(stage.label) for stage in Stage], rows)


def _may_apply(request: HttpRequest) -> bool:
    """Numbers of the whole house are an administrator's business."""
    return request.user.has_perm("stores.change_setting")


def _only_hq(request: HttpRequest) -> None:
    if not request.user.sees_all:
        raise PermissionDenied


urlpatterns = [
    path("", admin.site.admin_view(policy_page), name="lifecycle-policy"),
    path("counting/<int:pk>/", admin.site.admin_view(counting_part), name="lifecycle-counting"),
    path("changes/", admin.site.admin_view(changes_part), name="lifecycle-changes"),
]
