"""Pages beside the editor of a template: its versions, new terms for wallets, and the second person's decision."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from coupons import approvals, kinds, newterms
from coupons.models import CouponTemplate, TemplateState
from coupons.outlook import outlook_of
from stores.admin.base import HqAdmin
from stores.admin.jobs import job_progress
from stores.errors import Refusal

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class TemplatePages(HqAdmin):
    """Mixed into the admin of templates. Each page is for one template that the person may see and change."""

    def get_urls(self) -> list[URLPattern]:
        """With the pages of this module."""
        pages = (("versions", self.versions), ("newterms", self.new_terms), ("decision", self.decision))
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"coupons_coupontemplate_{name}")
            for name, view in pages
        ]
        return [*own, *super().get_urls()]

    def versions(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Every version of the terms with the coupons that hold it; a part of the editor's page."""
        template = self.one(request, pk)
        job = newterms.latest_job(template)
        held = [(one, kinds.sentence(one.terms)) for one in newterms.versions_of(template)]
        context = {
            "template": template,
            "held": held,
            "older": sum(one.live for one, _words in held if not one.is_current),
            "job": job,
            "bar": job_progress(job) if job else "",
        }
        return TemplateResponse(request, "coupons/hq/templates/_versions.html", context)

    def new_terms(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What giving the present terms to coupons in wallets would do; then the job that does it."""
        template = self.one(request, pk)
        try:
            if request.method == "POST":
                seen = request.POST.get("seen", "")
                newterms.start(template, by=request.user, seen=int(seen) if seen.isdecimal() else None)
                return self.back(template)
            preview = newterms.preview(template)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return self.back(template)
        context = {"preview": preview, "outlook": outlook_of(template)}
        return self.page(request, template, "new_terms.html", _("New terms for coupons in wallets"), context)

    def decision(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What waits for a second person, and their decision."""
        template = self.one(request, pk)
        if request.method == "POST":
            return self._decide(request, template)
        is_maker = request.user.pk in (template.created_by_id, template.submitted_by_id)
        context = {
            "outlook": outlook_of(template) if template.terms else None,
            "waits": template.state == TemplateState.PENDING,
            "is_maker": is_maker,
            "limit": approvals.ABOVE.value,
        }
        return self.page(request, template, "decision.html", _("Approval"), context)

    def _decide(self, request: HttpRequest, template: CouponTemplate) -> HttpResponse:
        seen, note = _moment(request.POST.get("seen", "")), request.POST.get("note", "")
        verb: Callable[[], CouponTemplate] = (
            (lambda: approvals.approve(template, by=request.user, seen=seen))
            if "approve" in request.POST
            else (lambda: approvals.send_back(template, by=request.user, note=note, seen=seen))
        )
        try:
            verb()
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        told = _("Approved. It is being issued.") if "approve" in request.POST else _("Sent back to its maker.")
        self.message_user(request, told, messages.SUCCESS)
        return self.back(template)

    def one(self, request: HttpRequest, pk: int) -> CouponTemplate:
        """The template, for whoever may change it; otherwise 403 or 404."""
        rows = self.get_queryset(request).select_related("terms", "created_by", "submitted_by", "approved_by")
        template = get_object_or_404(rows, pk=pk)
        if not self.has_change_permission(request, template):
            raise PermissionDenied
        return template

    def page(
        self, request: HttpRequest, template: CouponTemplate, name: str, title: Any, context: dict[str, Any]
    ) -> HttpResponse:
        """A whole page about a template."""
        shared = {
            **self.admin_site.each_context(request),
            "title": f"{template} · {title}",
            "opts": self.model._meta,
            "template": template,
            "media": self.media,
        }
        return TemplateResponse(request, f"coupons/hq/templates/{name}", {**shared, **context})

    def back(self, template: CouponTemplate) -> HttpResponse:
        """To the editor."""
        return HttpResponseRedirect(reverse("admin:coupons_coupontemplate_change", args=[template.pk]))


def _moment(text: str) -> datetime:
    """The moment that a page was made for; what is no moment was not made by our page and matches nothing."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    return found or NEVER
