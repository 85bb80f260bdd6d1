"""Order imports in the admin: upload, dry run, progress, what was turned away."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget

from members.imports import run
from members.models import OrderImport, RejectedRow
from stores.admin.base import ReadOnlyAdmin
from stores.admin.jobs import job_progress
from stores.errors import Refusal


class UploadForm(forms.Form):
    """The file, and whether to look only."""

    file = forms.FileField(label=_("File: Excel (.xlsx), CSV or CSV.gz"), widget=UnfoldAdminFileFieldWidget)
    dry_run = forms.BooleanField(
        label=_("Only check, write no orders"), required=False, widget=UnfoldBooleanSwitchWidget
    )


@admin.register(OrderImport)
class OrderImportAdmin(ReadOnlyAdmin):
    """Every file of orders that was brought in."""

    list_display = ("file_name", "state", "progress", "is_dry_run", "created_at")
    list_select_related = ("job",)
    readonly_fields = ("live", "figures")
    fields = ("live", "figures", "file_name", "is_dry_run", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Marketers bring in orders."""
        return request.user.has_perm("members.add_orderimport")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Take the file; a bad one gets its one sentence beside the field."""
        form = UploadForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                taken = run.start(upload, upload.name, dry_run=form.cleaned_data["dry_run"], by=request.user)
            except Refusal as refusal:
                form.add_error("file", str(refusal))
            else:
                return HttpResponseRedirect(reverse("admin:members_orderimport_change", args=[taken.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import orders"),
            "opts": self.model._meta,
            "form": form,
            "columns": run.REQUIRED,
            "optional": run.OPTIONAL,
        }
        return TemplateResponse(request, "members/hq/import_orders.html", context)

    def get_urls(self) -> list[URLPattern]:
        """With the file of rejected rows."""
        rejects = path(
            "<int:pk>/rejects/", self.admin_site.admin_view(self.rejects), name="members_orderimport_rejects"
        )
        return [rejects, *super().get_urls()]

    def rejects(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The rows that were turned away, as a file."""
        one = get_object_or_404(OrderImport.objects.visible_to(request.user), pk=pk)
        answer = StreamingHttpResponse(run.rejects_csv(one), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="rejected-{one.pk}.csv"'
        return answer

    @admin.display(description=_("state"))
    def state(self, one: OrderImport) -> str:
        """Where the job stands."""
        return one.job.get_state_display()

    @admin.display(description=_("progress"))
    def progress(self, one: OrderImport) -> str:
        """How far the job is."""
        return f"{one.job.percent} %"

    @admin.display(description=_("progress"))
    def live(self, one: OrderImport) -> str:
        """The bar of the job."""
        return job_progress(one.job)

    @admin.display(description=_("result"))
    def figures(self, one: OrderImport) -> str:
        """What came in, what was known, what was turned away."""
        return render_to_string("members/hq/_import_figures.html", {"one": one, "sum": run.summary(one)})


@admin.register(RejectedRow)
class RejectedRowAdmin(ReadOnlyAdmin):
    """Lines that were turned away."""

    list_display = ("order_import", "line", "code", "text")
    list_select_related = ("order_import",)
    search_fields = ("code",)
