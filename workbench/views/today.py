"""Today: what to do now, by reason or by worth, and on wide screens the open task beside it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from campaigns import memberdays
from coupons.topups import news_for
from members.memberfilters import MemberFilters
from members.search import matching
from stores.models import Staff
from workbench.access import EVERYBODY, open_to, staff_of
from workbench.context import Shell
from workbench.presenters import openedtask, tasks, topups
from workbench.presenters.memberday import banner
from workbench.presenters.todaylist import todays
from workbench.queries import number_in

PLANNING = "campaigns.plan_tasks"


@open_to(*EVERYBODY)
def today(request: HttpRequest) -> HttpResponse:
    """The list of today; with ``after`` only the rows of a ``group`` that follow. A manager sees the whole store's, or
    one guide's with ``?guide=``."""
    viewer = staff_of(request)
    if viewer.region_path:
        return redirect("workbench:team")
    now = timezone.localtime()
    found = todays(viewer, request.GET)
    after = number_in(request.GET, "after")
    if after is not None:
        return render(request, "workbench/today/_tasks.html", found.following(request.GET.get("group", ""), after))
    chosen = found.chosen
    context = {
        "shell": Shell(viewer, None if found.guide else len(found.going.open)),
        "given_name": viewer.given_name,
        "part_of_day": part_of_day(now),
        "today": found.day,
        "due_soon": tasks.due_soon(found.going.open, found.day),
        "member_day": banner(memberdays.next_occurrence(viewer.store, viewer=viewer)),
        "news": topups.news(news_for(viewer)),
        **found.context(chosen.pk if chosen else None),
    }
    context |= openedtask.opened(chosen, viewer) if chosen else nothing_open(viewer)
    return render(request, "workbench/today.html", context)


def part_of_day(now: datetime) -> str:
    """Morning, afternoon or evening, for the greeting."""
    return "morning" if now.hour < 12 else "afternoon" if now.hour < 18 else "evening"


def nothing_open(viewer: Staff) -> dict[str, Any]:
    """With an empty list: who has stayed away, and when new tasks come."""
    hour, minute = map(int, settings.PERIODS[PLANNING].split(":"))
    return {
        "task": None,
        "quiet_count": matching(viewer, filters=MemberFilters(beyond_usual=True)).count(),
        "next_batch": timezone.localtime().replace(hour=hour, minute=minute),
    }
