"""One task: opened, done, put off, not today, taken back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns import guidetasks
from campaigns.models import GuideTask, Outcome
from members.models import Member
from stores.errors import Refusal
from stores.models import Staff
from stores.places import business_day
from workbench.access import GUIDES, open_to, staff_of
from workbench.answers import came_from, dialog, done, target_of, wants_part
from workbench.presenters import openedtask, tasks
from workbench.presenters.results import of_day
from workbench.queries import number_in
from workbench.templatetags.formats import clock, near_day

UNSUITABLE = "unsuitable"


@open_to(*GUIDES)
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one task, and the pane beside the list."""
    found = _task(request, pk)
    context = openedtask.opened(found, staff_of(request), script_id=number_in(request.GET, "script"))
    return render(request, "workbench/task.html", context)


@require_POST
@open_to(*GUIDES)
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick a task off."""
    found = guidetasks.close(_task(request, pk), outcome=Outcome.REACHED, by=staff_of(request))
    return _settled(request, found, _("Done: %(name)s") % {"name": found.member})


@open_to(*GUIDES)
def later(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask when to show a task again or why not today; then do so."""
    found, viewer = _task(request, pk), staff_of(request)
    if request.method != "POST":
        title = _("Later: %(name)s") % {"name": found.member}
        return dialog(request, "workbench/today/_later.html", _choices(found, viewer), title=title, section="today")
    outcome = request.POST.get("outcome", "")
    if outcome == UNSUITABLE:
        found = guidetasks.dismiss(found, by=viewer)
    elif outcome in (Outcome.NO_ANSWER, Outcome.REFUSED):
        found = guidetasks.close(found, outcome=outcome, by=viewer)
    else:
        return _snoozed(request, found, viewer)
    return _settled(request, found, _("Not today: %(name)s") % {"name": found.member})


@require_POST
@open_to(*GUIDES)
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """The next step on a member's page does not fit."""
    found = guidetasks.dismiss(_task(request, pk), by=staff_of(request))
    return _settled(request, found, _("Not today: %(name)s") % {"name": found.member})


@require_POST
@open_to(*GUIDES)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the closing or putting off of a task back."""
    found = _task(request, pk)
    if found.snoozed_until:
        guidetasks.wake(found, by=staff_of(request))
    else:
        guidetasks.reopen(found, by=staff_of(request))
    if wants_part(request):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return redirect("workbench:today")


def _task(request: HttpRequest, pk: int) -> GuideTask:
    """The task, if both it and its member are the reader's: what is done stays with its guide, members move on."""
    viewer = staff_of(request)
    mine = GuideTask.objects.visible_to(viewer).filter(member__in=Member.objects.visible_to(viewer))
    related = ("member__tier", "member__facts__favourite_category", "member__home_store", "template__terms", "guide")
    return get_object_or_404(mine.select_related(*related), pk=pk)


def _snoozed(request: HttpRequest, found: GuideTask, viewer: Staff) -> HttpResponse:
    moments = dict(guidetasks.snooze_choices(viewer))
    until = moments.get(request.POST.get("until", ""))
    if until is None:
        raise Refusal(_("Choose when the task comes back."), code="bad_moment")
    found = guidetasks.snooze(found, until, by=viewer)
    text = _("%(name)s comes back %(day)s at %(time)s")
    words = {"name": found.member, "day": near_day(until), "time": clock(until)}
    return _settled(request, found, text % words)


def _choices(found: GuideTask, viewer: Staff) -> dict[str, Any]:
    """The moments that still lie within the task's days, and the reasons for not doing it today."""
    labels = {"hour": _("In an hour"), "closing": _("Before closing"), "tomorrow": _("Tomorrow")}
    moments = [
        {"value": key, "label": labels[key], "note": f"{near_day(until)} {clock(until)}"}
        for key, until in guidetasks.snooze_choices(viewer)
        if business_day(viewer.store, until) <= found.due_on
    ]
    refusals = [
        {"value": Outcome.NO_ANSWER.value, "label": _("Cannot be reached")},
        {"value": Outcome.REFUSED.value, "label": _("Does not want to be contacted")},
        {"value": UNSUITABLE, "label": _("Does not fit today")},
    ]
    return {"task": found, "choices": moments, "refusals": refusals}


def _settled(request: HttpRequest, found: GuideTask, text: str) -> HttpResponse:
    """The row goes; the figures, the list of what is done and a toast with a way back come beside it."""
    if not wants_part(request):
        return done(request, text, came_from(request))
    going = guidetasks.day_of(staff_of(request))
    context = {
        "task": found,
        "on_list": target_of(request) != "nba",
        "text": text,
        "undo_url": reverse("workbench:task-undo", args=[found.pk]),
        "progress": of_day(going.progress),
        "done": tasks.done_rows(going.done),
        "open_tasks": len(going.open),
    }
    return render(request, "workbench/today/_task_settled.html", context)
