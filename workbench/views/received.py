"""Members who came to me by a hand-over, with what my predecessor knew."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workbench.access import GUIDES, open_to, staff_of
from workbench.presenters.links import address
from workbench.presenters.received import received
from workbench.queries import number_in


@require_safe
@open_to(*GUIDES)
def briefs(request: HttpRequest) -> HttpResponse:
    """One card per member, the latest hand-over first."""
    rows, more = received(staff_of(request), number_in(request.GET, "before"))
    context = {"briefs": rows, "next_url": more, "back_url": address("me")}
    return render(request, "workbench/received.html", context)
