"""Bulk issues in the admin: audience, preview, approval, progress; pause, go on, end, void what nobody used."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from coupons import audience, bulk, issueruns, kinds
from coupons.admin.issueforms import IssueForm, NoteForm, initial_of, shown
from coupons.bulk import Preview
from coupons.models import CouponPack, CouponTemplate, IssueRun, ReminderMark, RunState
from coupons.packsteps import WHY_NOT
from members.segments import trees
from stores import jobs
from stores.admin.base import NoDeleteMixin, ReadOnlyAdmin
from stores.admin.jobs import job_progress
from stores.errors import Refusal
from stores.models import Job, JobState

DROPPED = {
    **WHY_NOT,
    "limit_reached": _("have as many as one member may get"),
    "merged_or_erased": _("are merged or erased"),
    "out_of_stock": _("because the stock is gone"),
    "given_before": _("have the pack of this issue already"),
}
WARNINGS = {
    "hold_one": _("hold a usable one already"),
    "crowded": _("hold many usable coupons already"),
    "tier_cannot_use": _("cannot use it with the tier they have now"),
    "over_budget": _("could not use it if all others did: the budget does not suffice"),
    "packs_incomplete": _("get the pack without a coupon that is used up"),
}
LABELS = {
    RunState.PREPARED: "info",
    RunState.PENDING: "warning",
    RunState.REJECTED: "danger",
    JobState.WAITING: "info",
    JobState.RUNNING: "info",
    JobState.DONE: "success",
    JobState.FAILED: "danger",
    JobState.PAUSED: "warning",
    JobState.CANCELLED: "warning",
}


@admin.register(IssueRun)
class IssueRunAdmin(NoDeleteMixin, ReadOnlyAdmin):
    """Every bulk issue, with a preview before and progress after."""

    list_display = ("__str__", "stands", "progress", "foreseen", "issued", "skipped", "origin", "created_by")
    list_filter = (("state", ChoicesDropdownFilter), ("template", RelatedDropdownFilter))
    list_select_related = ("template", "pack", "job", "created_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Marketers start bulk issues."""
        return request.user.has_perm("coupons.add_issuerun")

    @display(description=_("state"), label=LABELS)
    def stands(self, run: IssueRun) -> tuple[str, str]:
        """Where it stands: before its job, then where the job is."""
        return (run.job.state, run.job.get_state_display()) if run.job else (run.state, run.get_state_display())

    @admin.display(description=_("progress"))
    def progress(self, run: IssueRun) -> str:
        """How far the job is."""
        return f"{run.job.percent} %" if run.job else "—"

    @admin.display(description=_("expected"))
    def foreseen(self, run: IssueRun) -> str:
        """How many the preview promised; what begins by itself has none."""
        return f"{run.expected:,}" if run.expected else "—"

    def get_urls(self) -> list[URLPattern]:
        """With the verbs of a run, and the fragment that keeps itself up to date."""
        pages = (("<int:pk>/do/<slug:verb>/", self.do, "do"), ("<int:pk>/progress/", self.live, "live"))
        own = [path(at, self.admin_site.admin_view(view), name=f"coupons_issuerun_{name}") for at, view, name in pages]
        return [*own, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The audience; then what would happen; then, confirmed, the start or the wait for somebody else."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        before = self._changed(request)
        form = IssueForm(request.POST or None, initial=initial_of(before) if before else self._asked_for(request))
        look = None
        if form.is_valid():
            try:
                if "go" in request.POST or "keep" in request.POST:
                    return self._begin(request, form, before)
                look = bulk.preview(form.chosen, form.audience)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
        context = {
            **self._shown(look, form.chosen if look else None),
            "title": _("Issue to many"),
            "form": form,
            "needs_approval": look and look.cost > issueruns.APPROVAL_ABOVE.value,
            "nothing_to_issue": len(form.fields["what"].choices) == 1,
        }
        return self._answer(request, "coupons/hq/plan_issue.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What it is, where it stands, and what may be done about it."""
        run = get_object_or_404(self.get_queryset(request), pk=object_id if object_id.isdigit() else 0)
        look = None if run.job else issueruns.standing(run)
        context = {
            **self._shown(look.now if look else None, run.template or run.pack),
            "title": str(run),
            "run": run,
            "whom": audience.told(run.audience),
            "moved": look and (look.numbers_moved or look.terms_changed),
            "terms_changed": look and look.terms_changed,
            "limit": issueruns.APPROVAL_ABOVE.value,
            "is_maker": run.created_by_id == request.user.pk,
            "may": self.has_add_permission(request),
            "note_form": NoteForm(),
            "progress": self._progress(run),
            "is_withdrawn": _withdrawal(run) is not None,
        }
        return self._answer(request, "coupons/hq/issue_run.html", context)

    def do(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Carry out one verb; a refusal is said in its own words."""
        run = get_object_or_404(self.get_queryset(request), pk=pk)
        if request.method != "POST":
            return HttpResponse(status=405)
        if not self.has_add_permission(request) or verb not in VERBS:
            raise PermissionDenied
        try:
            VERBS[verb](run, request)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        gone = not IssueRun.objects.filter(pk=pk).exists()
        page = reverse("admin:coupons_issuerun_changelist") if gone else self._address(run)
        return HttpResponseRedirect(page)

    def live(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Progress and counts alone, for the page that asks while the job runs; when it has ended, the page anew, since
        something else may be done then."""
        run = get_object_or_404(self.get_queryset(request), pk=pk)
        answer = HttpResponse(self._progress(run))
        if not _is_open(run):
            answer["HX-Refresh"] = "true"
        return answer

    def _changed(self, request: HttpRequest) -> IssueRun | None:
        """The run that is entered anew: one that was never let go."""
        of = request.GET.get("of", "")
        rows = self.get_queryset(request).filter(state__in=[RunState.PREPARED, RunState.REJECTED])
        return rows.filter(pk=of).first() if of.isdecimal() else None

    def _asked_for(self, request: HttpRequest) -> dict[str, Any]:
        """Whom somebody came with, as a rule in the address; one that means nothing is said and left out."""
        try:
            asked = trees.of_text(request.GET.get("rule", ""))
        except trees.TreeInvalid as invalid:
            self.message_user(request, str(invalid), messages.ERROR)
            return {}
        return shown(trees.dump(asked)) if asked else {}

    def _begin(self, request: HttpRequest, form: IssueForm, before: IssueRun | None) -> HttpResponse:
        run = issueruns.prepare(form.chosen, form.audience, by=request.user)
        if before is not None:
            issueruns.discard(before)
        if "go" in request.POST:
            issueruns.submit(run, by=request.user)
        return HttpResponseRedirect(self._address(run))

    def _shown(self, look: Preview | None, what: CouponTemplate | CouponPack | None) -> dict[str, Any]:
        """What the fragment of a preview asks for."""
        sentence = kinds.sentence(what.terms) if isinstance(what, CouponTemplate) and what.terms else ""
        return {
            "look": look,
            "what": what,
            "is_pack": isinstance(what, CouponPack),
            "sentence": sentence,
            "dropped": _told(DROPPED, look.dropped if look else {}),
            "warnings": _told(WARNINGS, look.warnings if look else {}),
        }

    def _progress(self, run: IssueRun) -> str:
        if run.job is None:
            return ""
        voiding = _withdrawal(run)
        context = {
            "run": run,
            "job": run.job,
            "bar": job_progress(run.job),
            "voiding": job_progress(voiding) if voiding else "",
            "voided": voiding.result.get("voided", 0) if voiding else 0,
            "skipped": _told(DROPPED, run.job.result.get("skipped", {})),
            "coupons": run.job.result.get("coupons"),
            "asks_again": _is_open(run),
        }
        return render_to_string("coupons/hq/_issue_progress.html", context)

    def _answer(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "opts": self.model._meta}
        return TemplateResponse(request, template, {**common, **context})

    @staticmethod
    def _address(run: IssueRun) -> str:
        return reverse("admin:coupons_issuerun_change", args=[run.pk])


def _withdrawal(run: IssueRun) -> Job | None:
    """The job that withdraws what nobody used of a run."""
    return Job.objects.filter(natural_key=f"{bulk.VOID}:{run.pk}").first()


def _is_open(run: IssueRun) -> bool:
    """Whether one of its jobs still runs."""
    return any(jobs.pace(job).is_open for job in (run.job, _withdrawal(run)) if job)


def _told(words: dict[str, Any], counts: Any) -> list[tuple[Any, int]]:
    return [(words.get(reason, reason), count) for reason, count in counts.items()]


def _approve(run: IssueRun, request: HttpRequest) -> None:
    count, terms = request.POST.get("seen", ""), request.POST.get("terms", "")
    seen = issueruns.Seen(int(count) if count.isdecimal() else -1, int(terms) if terms.isdecimal() else None)
    issueruns.approve(run, by=request.user, seen=seen)


def _job_verb(verb: Callable[[Job], None]) -> Callable[[IssueRun, HttpRequest], None]:
    """A verb of the run's job; a run that was never let go has none."""

    def careful(run: IssueRun, request: HttpRequest) -> None:
        verb(bulk.job_of(run))

    return careful


VERBS: dict[str, Callable[[IssueRun, HttpRequest], Any]] = {
    "submit": lambda run, request: issueruns.submit(run, by=request.user),
    "approve": _approve,
    "send-back": lambda run, request: issueruns.send_back(run, by=request.user, note=request.POST.get("note", "")),
    "discard": lambda run, request: issueruns.discard(run),
    "pause": _job_verb(jobs.pause),
    "resume": _job_verb(jobs.resume),
    "cancel": _job_verb(jobs.cancel),
    "void": lambda run, request: bulk.void_unused(run, by=request.user),
}


@admin.register(ReminderMark)
class ReminderMarkAdmin(ReadOnlyAdmin):
    """How far the reminders of coupons about to end have come."""

    list_display = ("until", "coupon")
