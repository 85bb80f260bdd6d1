"""What my work brought. Private: nobody else sees it, nobody is ranked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.attribution import WINDOW
from campaigns.results import results_by_kind
from campaigns.work import reading
from workbench.access import GUIDES, open_to, staff_of
from workbench.presenters import owed, periods, sent
from workbench.presenters.results import by_kind, recent, totals


@require_safe
@open_to(*GUIDES)
def results(request: HttpRequest) -> HttpResponse:
    """My figures for a period, the last offers, and the sales that count for me."""
    guide = staff_of(request)
    period = periods.period_of(guide.store, request.GET.get("period", ""))
    found, kinds = results_by_kind(guide, period.since, period.until)
    context = {
        "periods": periods.choices("results", period.key),
        "totals": totals(found),
        "kinds": by_kind(kinds),
        "months": reading.own_year(guide),
        "recent": recent(guide),
        "last": sent.last(guide),
        "weeks": owed.weeks(guide),
        "sales": owed.sales(guide, period),
        "owed_days": WINDOW.value,
    }
    return render(request, "workbench/results.html", context)
