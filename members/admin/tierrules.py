"""The rules of tiers in the admin: drafted, simulated with a matrix of who would move, put into force, looked at."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members.admin.tierforms import RulesForm
from members.models import TierRules
from members.tiering import tieroutlook, tierrollout, tierrules, tiersimulation
from stores import jobs
from stores.admin.base import HqAdmin
from stores.admin.jobs import job_progress
from stores.errors import Refusal

PAGE = "members/hq/tier_rules.html"


@admin.register(TierRules)
class TierRulesAdmin(HqAdmin):
    """Every version of the rules, newest first, and the drafts."""

    when_empty = _(
        "The thresholds of the beginning hold: nobody has changed the rules of tiers yet. A draft is "
        "simulated before it is applied."
    )
    list_display = ("__str__", "shown_state", "effective_from", "needed", "window_days", "review_days", "made_by")
    list_select_related = ("made_by",)
    ordering = ("-pk",)

    @display(description=_("state"), label={"draft": "info", "applied": "success"})
    def shown_state(self, rules: TierRules) -> tuple[str, str]:
        """Draft or applied, as a coloured label."""
        return rules.state, rules.get_state_display()

    @admin.display(description=_("growth value needed"))
    def needed(self, rules: TierRules) -> str:
        """What the tiers need, lowest first."""
        return " · ".join(f"{need:,}" for _tier, need in tierrules.version_of(rules, on=None).needs)

    def has_delete_permission(self, request: HttpRequest, obj: TierRules | None = None) -> bool:
        """A draft may be thrown away; what was in force is history."""
        is_draft = obj is not None and obj.state == TierRules.State.DRAFT
        return is_draft and super().has_delete_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        """With simulating, applying, and the outcome that keeps itself up to date."""
        pages = (("simulate", self.simulate), ("apply", self.apply), ("outcome", self.outcome))
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"members_tierrules_{name}")
            for name, view in pages
        ]
        return [*own, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A new draft, beginning with the rules in force."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._draft(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A draft with what it would do, or a version with what it did."""
        rules = get_object_or_404(self.get_queryset(request), pk=object_id if object_id.isdigit() else 0)
        if rules.state == TierRules.State.DRAFT and self.has_change_permission(request, rules):
            return self._draft(request, rules)
        return self._page(request, rules, None)

    def simulate(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Plan the simulation of a draft."""
        return self._verb(request, pk, lambda rules: tiersimulation.start(rules, by=request.user))

    def apply(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a draft into force."""
        if not self.may_apply(request):
            raise PermissionDenied
        return self._verb(request, pk, lambda rules: tierrollout.apply(rules, by=request.user))

    def outcome(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The outcome alone, for the page that asks while a job runs."""
        return HttpResponse(self._outcome(request, get_object_or_404(self.get_queryset(request), pk=pk)))

    @staticmethod
    def may_apply(request: HttpRequest) -> bool:
        """Rules of the whole house are an administrator's business."""
        return request.user.has_perm("stores.change_setting")

    def _draft(self, request: HttpRequest, rules: TierRules | None) -> HttpResponse:
        form = RulesForm(request.POST or None, rules=rules)
        if form.is_valid():
            try:
                saved = tierrules.save_draft(rules, by=request.user, **form.entered())
                if "simulate" in request.POST:
                    tiersimulation.start(saved, by=request.user)
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                return HttpResponseRedirect(reverse("admin:members_tierrules_change", args=[saved.pk]))
        return self._page(request, rules, form)

    def _verb(self, request: HttpRequest, pk: int, verb: Any) -> HttpResponse:
        rules = get_object_or_404(self.get_queryset(request), pk=pk)
        if request.method != "POST" or not self.has_change_permission(request, rules):
            return HttpResponse(status=405 if request.method != "POST" else 403)
        try:
            verb(rules)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:members_tierrules_change", args=[pk]))

    def _page(self, request: HttpRequest, rules: TierRules | None, form: RulesForm | None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Draft of tier rules") if form else str(rules),
            "opts": self.model._meta,
            "form": form,
            "rules": rules,
            "version": self._version(rules) if rules and not form else [],
            "outcome": self._outcome(request, rules) if rules else "",
        }
        return TemplateResponse(request, PAGE, context)

    def _outcome(self, request: HttpRequest, rules: TierRules) -> str:
        job = rules.job
        running = bool(job and jobs.pace(job).is_open)
        applied = rules.state == TierRules.State.APPLIED
        context = {
            "rules": rules,
            "applied": applied,
            "asks_again": running,
            "progress": job_progress(job) if job and (running or applied or job.error) else "",
            "outlook": tieroutlook.outlook_of(rules),
            "result": tieroutlook.result_of(rules) if applied and job else None,
            "may_apply": self.may_apply(request),
        }
        return render_to_string("members/hq/_tier_outcome.html", context, request)

    @staticmethod
    def _version(rules: TierRules) -> list[tuple[Any, Any]]:
        """The numbers of a version that no longer changes, as label and value."""
        names = ("window_days", "review_days", "notice_days", "grace_days")
        fields = [(TierRules._meta.get_field(name).verbose_name, getattr(rules, name)) for name in names]
        needs = [(row.tier.name, row.tier.pk) for row in tieroutlook.result_of(rules).rows]
        version = tierrules.version_of(rules, on=None)
        return [*((name, f"{version.need(pk):,}") for name, pk in needs), *fields,
                (TierRules._meta.get_field("downgrades").verbose_name, rules.get_downgrades_display())]  # fmt: skip
