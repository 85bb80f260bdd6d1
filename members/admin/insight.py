"""HQ's pages of insight: the reports with their headlines, each report with days, place, options, tables and a file."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from members.insight import asking, summarising
from members.insight.pages import page_of
from members.insight.scope import Range, Scope, places
from members.models import SummaryState
from stores.admin.jobs import job_progress
from stores.errors import NotFound
from stores.models import Job, JobState

OPEN = (JobState.WAITING, JobState.RUNNING)
TAKEN_SHOWN = 3


def members_of(rule: Mapping[str, Any] | None) -> str:
    """The editor of segments with a rule filled in: from there its members, a list of them, or a bulk issue."""
    if not rule:
        return ""
    text = json.dumps(rule, ensure_ascii=False, separators=(",", ":"))
    return f"{reverse('admin:members_segment_add')}?{urlencode({'rule': text})}"


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """One card per report, with its headline and as of when it is."""
    _only_hq(request)
    scope, today = Scope.of(request.user), asking.today()
    cards = [
        {
            "report": one,
            "headline": one.headline(scope, Range.back(one.usual_days, today)),
            "at": asking.counted_at(one),
        }
        for one in asking.reports_for(request.user)
    ]
    context = {**admin.site.each_context(request), "title": _("Insight"), "cards": cards, **_counting()}
    return TemplateResponse(request, "members/hq/insight/index.html", context)


@require_safe
def report(request: HttpRequest, key: str) -> HttpResponse:
    """A report: what is asked, the chart, the same as tables, how it is counted."""
    _only_hq(request)
    try:
        page = page_of(request.user, key, request.path, request.GET.dict(), members_of)
    except NotFound as refusal:
        raise Http404(str(refusal)) from refusal
    context = {
        **admin.site.each_context(request),
        "title": page.answer.report.title,
        "page": page,
        "places_url": reverse("insight-places"),
        "export_url": reverse("insight-export", args=[key]) + page.query,
        "taken": LogEntry.objects.filter(content_type=_table(), object_id=key).select_related("user")[:TAKEN_SHOWN],
        **_counting(),
    }
    return TemplateResponse(request, "members/hq/insight/report.html", context)


@require_safe
def place_offers(request: HttpRequest) -> HttpResponse:
    """The regions and stores that hold what was typed."""
    _only_hq(request)
    offers = places(request.user, request.GET.get("place_typed", ""))
    return TemplateResponse(request, "members/insight/_offers.html", {"offers": offers})


@require_safe
def export(request: HttpRequest, key: str) -> HttpResponse:
    """The tables of a report as a file; who took it, and what they asked for, is written down first."""
    _only_hq(request)
    try:
        answer = asking.ask(request.user, key, request.GET.dict())
    except NotFound as refusal:
        raise Http404(str(refusal)) from refusal
    LogEntry.objects.create(
        user=request.user, content_type=_table(), object_id=key, action_flag=CHANGE,
        object_repr=str(answer.report.title)[:200], change_message=request.META.get("QUERY_STRING", "")[:500],
    )  # fmt: skip
    name = f"{key}-{answer.span.first:%Y%m%d}-{answer.span.last:%Y%m%d}.csv"
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(asking.written(answer), content_type="text/csv; charset=utf-8", headers=head)


@require_POST
def anew(request: HttpRequest) -> HttpResponse:
    """Have the figures counted anew; everything when nothing has been counted yet."""
    _only_hq(request)
    summarising.start(by=request.user, everything=not SummaryState.objects.exists())
    messages.success(request, _("The figures are being counted anew. The pages keep the old ones until then."))
    key = request.POST.get("report", "")
    known = {one.key for one in asking.reports_for(request.user)}
    return HttpResponseRedirect(reverse("insight-report", args=[key]) if key in known else reverse("insight"))


def _counting() -> dict[str, Any]:
    """How far the figures are counted anew, while they are."""
    job = Job.objects.filter(kind=summarising.JOB, state__in=OPEN).order_by("-pk").first()
    return {"counting": job_progress(job) if job else ""}


def _only_hq(request: HttpRequest) -> None:
    if not request.user.sees_all:
        raise PermissionDenied


def _table() -> ContentType:
    return ContentType.objects.get_for_model(SummaryState)


_page = admin.site.admin_view
urlpatterns = [
    path("", _page(index), name="insight"),
    path("places/", _page(place_offers), name="insight-places"),
    path("anew/", _page(anew), name="insight-anew"),
    path("<slug:key>/", _page(report), name="insight-report"),
    path("<slug:key>/export/", _page(export), name="insight-export"),
]
