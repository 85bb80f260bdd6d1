"""The stores that somebody leads, side by side in the order of names, as counted last night."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.work import reading
from workbench.access import LEADERS, open_to, staff_of
from workbench.presenters import certainty
from workbench.presenters.links import Choice, address
from workbench.queries import number_in

SHOWN, MONTHS = 30, 6


@require_safe
@open_to(*LEADERS)
def region(request: HttpRequest) -> HttpResponse:
    """A month of the stores: together, each by name, and what their shares and effects can tell."""
    leader = staff_of(request)
    month = month_of(request.GET.get("month", ""))
    rows = reading.of_stores(leader, month)
    page = min(number_in(request.GET, "page") or 1, 10_000)
    shown = list(rows[(page - 1) * SHOWN : page * SHOWN + 1])
    more = address("region", query={"month": f"{month:%Y-%m}", "page": page + 1}) if len(shown) > SHOWN else ""
    context = {
        "place": leader.region or leader.store,
        "months": [
            Choice(f"{one:%Y-%m}", address("region", query={"month": f"{one:%Y-%m}"}), one == month)
            for one in reading.months_back(MONTHS)
        ],
        "whole": reading.whole(rows),
        "stores": shown[:SHOWN],
        "told": certainty.of_rows([(row.store.name, row) for row in shown[:SHOWN]]),
        "next_url": more,
        "export_url": address("team-export", query={"what": "stores", "month": f"{month:%Y-%m}"}),
        "back_url": address("team"),
    }
    return render(request, "workbench/region.html", context)


def month_of(text: str) -> date:
    """The month that an address names, among the last twelve; this month when it names none."""
    known = {f"{one:%Y-%m}": one for one in reading.months_back()}
    return known.get(text, reading.this_month())
