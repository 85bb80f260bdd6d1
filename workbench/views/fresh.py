"""Whether the list of today is still what somebody sees, and what it is when not: without loading the page again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns import guidetasks
from workbench.access import GUIDES, open_to, staff_of
from workbench.presenters.todaylist import colleague, todays
from workbench.queries import number_in
from workbench.views.today import nothing_open


@require_safe
@open_to(*GUIDES)
def fresh(request: HttpRequest) -> HttpResponse:
    """204 while the open tasks are those of ``?stamp=``, which costs one small query; else the list as it is now.

    With ``all`` the list comes in any case, since its figures may have moved while the tasks are the same.
    """
    viewer, known = staff_of(request), request.GET.get("stamp", "")
    guide = colleague(viewer, number_in(request.GET, "guide"))
    if "all" not in request.GET and guidetasks.stamp(viewer, guide=guide) == known:
        return HttpResponse(status=204)
    found = todays(viewer, request.GET)
    newest = guidetasks.newest_in(known)
    context = found.context(number_in(request.GET, "task"))
    if not found.going.open:
        context |= nothing_open(viewer)
    arrived = [task for task in found.going.open if task.pk > newest] if newest is not None else []
    answer = context | {"open_tasks": len(found.going.open), "arrived": len(arrived), "asked": "all" in request.GET}
    return render(request, "workbench/today/_fresh.html", answer)
