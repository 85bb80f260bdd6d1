"""Bulk issues in the admin: audience, preview, go; then progress, pause, go on, void what nobody used."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminSelectWidget

from coupons import bulk
from coupons.models import CouponTemplate, IssueRun, TemplateState
from members.models import Tier
from stores import jobs
from stores.admin.base import NoDeleteMixin, ReadOnlyAdmin
from stores.admin.jobs import job_progress
from stores.errors import Refusal
from stores.models import Store

DROPPED = {
    "limit_reached": _("have as many as one member may get"),
    "merged_or_erased": _("are merged or erased"),
    "out_of_stock": _("because the stock is gone"),
}


class AudienceForm(forms.Form):
    """To whom: tiers and home stores; nothing chosen means everybody."""

    template = forms.ModelChoiceField(
        label=_("Coupon"),
        queryset=CouponTemplate.objects.filter(state=TemplateState.ACTIVE),
        widget=UnfoldAdminSelectWidget,
    )
    tiers = forms.ModelMultipleChoiceField(
        label=_("Tiers"), queryset=Tier.objects.all(), required=False, widget=UnfoldAdminSelect2MultipleWidget
    )
    stores = forms.ModelMultipleChoiceField(
        label=_("Home stores"), queryset=Store.objects.all(), required=False, widget=UnfoldAdminSelect2MultipleWidget
    )
    excluded = forms.ModelMultipleChoiceField(
        label=_("Except the stores"),
        queryset=Store.objects.all(),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
    )

    @property
    def audience(self) -> dict[str, list[int]]:
        """The choice as the verbs take it."""
        chosen = {"tier_ids": "tiers", "store_ids": "stores", "excluded_store_ids": "excluded"}
        return {key: [row.pk for row in self.cleaned_data[field]] for key, field in chosen.items()}


@admin.register(IssueRun)
class IssueRunAdmin(NoDeleteMixin, ReadOnlyAdmin):
    """Every bulk issue, with a preview before and progress after."""

    list_display = ("template", "state", "progress", "issued", "skipped", "origin", "created_at")
    list_filter = (("template", RelatedDropdownFilter),)
    list_select_related = ("template", "job")
    readonly_fields = ("live", "who")
    fields = ("live", "template", "who", "issued", "skipped", "origin", "created_at")
    actions = ("pause", "resume", "void")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Marketers start bulk issues."""
        return request.user.has_perm("coupons.add_issuerun")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The audience; then what would happen; then, confirmed, the start."""
        form = AudienceForm(request.POST or None)
        preview = None
        if form.is_valid():
            template = form.cleaned_data["template"]
            if "confirm" in request.POST:
                try:
                    run = bulk.start(template, form.audience, by=request.user)
                except Refusal as refusal:
                    form.add_error("template", str(refusal))
                else:
                    return HttpResponseRedirect(reverse("admin:coupons_issuerun_change", args=[run.pk]))
            preview = bulk.preview(template, form.audience)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Issue to many"),
            "opts": self.model._meta,
            "form": form,
            "preview": preview,
            "dropped": [(DROPPED[reason], count) for reason, count in (preview.dropped if preview else {}).items()],
        }
        return TemplateResponse(request, "coupons/hq/plan_issue.html", context)

    @admin.display(description=_("state"))
    def state(self, run: IssueRun) -> str:
        """Where the job stands."""
        return run.job.get_state_display()

    @admin.display(description=_("progress"))
    def progress(self, run: IssueRun) -> str:
        """How far the job is."""
        return f"{run.job.percent} %"

    @admin.display(description=_("progress"))
    def live(self, run: IssueRun) -> str:
        """The bar of the job."""
        return job_progress(run.job)

    @admin.display(description=_("audience"))
    def who(self, run: IssueRun) -> str:
        """The audience in words."""
        tiers = Tier.objects.filter(pk__in=run.audience.get("tier_ids", []))
        stores = Store.objects.filter(pk__in=run.audience.get("store_ids", []))
        parts = [", ".join(map(str, rows)) for rows in (tiers, stores) if rows]
        return " · ".join(parts) or str(_("everybody"))

    @action(description=_("Pause"), permissions=["run"])
    def pause(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Stop after the present chunk."""
        self.run_verb(request, queryset, lambda run: jobs.pause(run.job), _("Paused"))

    @action(description=_("Go on"), permissions=["run"])
    def resume(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Go on where it stopped."""
        self.run_verb(request, queryset, lambda run: jobs.resume(run.job), _("Goes on"))

    @action(description=_("Void what nobody has used"), permissions=["run"])
    def void(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Take back the unused coupons; used ones stay."""
        self.run_verb(request, queryset, lambda run: bulk.void_unused(run, by=request.user), _("Being taken back"))

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Whoever may start may also stop."""
        return request.user.has_perm("coupons.add_issuerun")
