"""What I sent and what became of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coupons.topups import news_for
from workbench.access import GUIDES, open_to, staff_of
from workbench.presenters import sent, topups


@require_safe
@open_to(*GUIDES)
def offers(request: HttpRequest) -> HttpResponse:
    """My offers by state, newest first; with ``before`` only the rows that follow."""
    guide = staff_of(request)
    state = request.GET.get("state", "")
    state = state if state in sent.STATES else ""
    before = request.GET.get("before", "")
    rows, more = sent.page_of(guide, state, before)
    context = {"offers": rows, "next_url": more}
    if before:
        return render(request, "workbench/offers/_rows.html", context)
    context |= {"quota": sent.quota(guide), "states": sent.states(state), "news": topups.news(news_for(guide))}
    return render(request, "workbench/offers.html", context)
