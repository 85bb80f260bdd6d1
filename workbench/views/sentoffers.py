"""What I sent and what became of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workbench.access import GUIDES, open_to, staff_of
from workbench.presenters import sent
from workbench.presenters.links import address
from workbench.queries import number_in


@require_safe
@open_to(*GUIDES)
def offers(request: HttpRequest) -> HttpResponse:
    """My offers by state, newest first; with ``before`` only the rows that follow."""
    guide = staff_of(request)
    state = request.GET.get("state", "")
    state = state if state in sent.STATES else ""
    before = number_in(request.GET, "before")
    rows = sent.mine(guide, state)
    found = list((rows.filter(pk__lt=before) if before else rows)[: sent.PAGE + 1])
    shown = found[: sent.PAGE]
    more = address("offers", query={"state": state, "before": shown[-1].pk}) if len(found) > sent.PAGE else ""
    context = {"offers": sent.rows(shown), "next_url": more}
    if before:
        return render(request, "workbench/offers/_rows.html", context)
    context |= {"quota": sent.quota(guide), "states": sent.states(state)}
    return render(request, "workbench/offers.html", context)
