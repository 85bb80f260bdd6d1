"""Today: what to do now, by reason, and on wide screens the open task beside it."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from campaigns import guidetasks, memberdays
from campaigns.models import GuideTask, Reason
from coupons.topups import news_for
from members.memberfilters import MemberFilters
from members.search import matching
from stores.models import Staff
from stores.places import business_day
from workbench.access import EVERYBODY, open_to, staff_of
from workbench.context import Shell
from workbench.presenters import openedtask, tasks, topups
from workbench.presenters.memberday import banner
from workbench.presenters.results import of_day
from workbench.queries import number_in

PLANNING = "campaigns.plan_tasks"


@open_to(*EVERYBODY)
def today(request: HttpRequest) -> HttpResponse:
    """The list of today. A manager sees the whole store's, or one guide's with ``?guide=``."""
    viewer = staff_of(request)
    if viewer.region_path:
        return redirect("workbench:team")
    now = timezone.localtime()
    day = business_day(viewer.store, now)
    guide = _colleague(viewer, number_in(request.GET, "guide"))
    going = guidetasks.day_of(viewer, guide=guide)
    found = going.open
    reason = request.GET.get("reason", "")
    reason = reason if reason in Reason.values else ""
    shown = tasks.narrowed(found, reason, day)
    chosen = _chosen(shown, number_in(request.GET, "task"))
    context = {
        "shell": Shell(viewer, None if guide else len(found)),
        "given_name": viewer.given_name,
        "part_of_day": part_of_day(now),
        "today": day,
        "due_soon": tasks.due_soon(found, day),
        "progress": of_day(going.progress),
        "member_day": banner(memberdays.next_occurrence(viewer.store, viewer=viewer)),
        "groups": tasks.grouped(shown, viewer, day, opened=chosen.pk if chosen else None),
        "reasons": tasks.chips(found, reason, guide=guide.pk if guide else ""),
        "done": tasks.done_rows(going.done),
        "news": topups.news(news_for(viewer)),
    }
    context |= openedtask.opened(chosen, viewer) if chosen else _nothing_open(viewer, day)
    return render(request, "workbench/today.html", context)


def part_of_day(now: datetime) -> str:
    """Morning, afternoon or evening, for the greeting."""
    return "morning" if now.hour < 12 else "afternoon" if now.hour < 18 else "evening"


def _chosen(shown: list[GuideTask], wanted: int | None) -> GuideTask | None:
    return next((task for task in shown if task.pk == wanted), shown[0] if shown else None)


def _colleague(viewer: Staff, wanted: int | None) -> Staff | None:
    if wanted is None or not viewer.leads_store:
        return None
    return Staff.objects.visible_to(viewer).filter(pk=wanted).first()


def _nothing_open(viewer: Staff, day: date) -> dict[str, Any]:
    """With an empty list: who has stayed away, and when new tasks come."""
    hour, minute = map(int, settings.PERIODS[PLANNING].split(":"))
    return {
        "task": None,
        "quiet_count": matching(viewer, filters=MemberFilters(beyond_usual=True)).count(),
        "next_batch": timezone.localtime().replace(hour=hour, minute=minute),
    }
