"""Insight for those who lead stores: the reports of headquarters, within their own stores."""

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from members.insight import asking
from members.insight.pages import page_of
from members.insight.scope import Range, Scope, places
from stores.errors import NotFound
from workbench.access import LEADERS, open_to, staff_of
from workbench.presenters import insightlinks
from workbench.presenters.links import address


@require_safe
@open_to(*LEADERS)
def index(request: HttpRequest) -> HttpResponse:
    """The reports; their headlines are fetched one by one when they come into sight."""
    reports = asking.reports_for(staff_of(request))
    return render(request, "workbench/insight/index.html", {"reports": reports, "back_url": address("team")})


@require_safe
@open_to(*LEADERS)
def headline(request: HttpRequest, key: str) -> HttpResponse:
    """The one figure of a report's card."""
    leader = staff_of(request)
    try:
        report = asking.report_for(leader, key)
    except NotFound as refusal:
        raise Http404(str(refusal)) from refusal
    shown = report.headline(Scope.of(leader), Range.back(report.usual_days, asking.today()))
    return render(request, "workbench/insight/_headline.html", {"headline": shown})


@require_safe
@open_to(*LEADERS)
def report(request: HttpRequest, key: str) -> HttpResponse:
    """A report over the leader's stores."""
    leader = staff_of(request)
    try:
        page = page_of(leader, key, request.path, request.GET.dict(), partial(insightlinks.members_of, leader))
    except NotFound as refusal:
        raise Http404(str(refusal)) from refusal
    context = {"page": page, "places_url": reverse("workbench:insight-places"), "back_url": address("insight")}
    return render(request, "workbench/insight/report.html", context)


@require_safe
@open_to(*LEADERS)
def place_offers(request: HttpRequest) -> HttpResponse:
    """The leader's regions and stores that hold what was typed."""
    offers = places(staff_of(request), request.GET.get("place_typed", ""))
    return render(request, "members/insight/_offers.html", {"offers": offers})
