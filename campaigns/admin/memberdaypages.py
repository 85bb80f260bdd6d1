"""Pages beside the editor of a campaign: its dates while it is entered, the dry run, the decision, the calendar."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns import memberdays
from campaigns.admin.memberdaystores import MemberDayStores
from campaigns.memberdays import calendar
from campaigns.memberdays.approval import is_maker
from campaigns.memberdays.dates import first_dates, said
from campaigns.models import MemberDay, MemberDayState
from stores.admin.base import row_key
from stores.errors import Refusal

SHOWN_DATES = 12
SHOWN_STORES = 50
YEARS = 3  # a calendar goes so far back and ahead
LOOK = _("What it will do")
VERBS: Mapping[str, tuple[Callable[..., MemberDay], Any]] = {
    "submit": (memberdays.submit, _("Somebody else decides now.")),
    "approve": (memberdays.approve, _("Approved. Its dates are planned.")),
    "send-back": (memberdays.send_back, _("It is a draft again.")),
    "end": (memberdays.end, _("Ended.")),
}


class MemberDayPages(MemberDayStores):
    """Mixed into the admin of campaigns. What changes something is for those who may change campaigns."""

    def get_urls(self) -> list[URLPattern]:
        """With the pages of this module."""
        pages = (
            ("live/", self.live, "live"),
            ("calendar/", self.calendar, "calendar"),
            ("calendar/clashes/", self.clashes, "clashes"),
            ("<int:pk>/dry-run/", self.dry_run, "dryrun"),
            ("<int:pk>/do/<slug:verb>/", self.do, "do"),
        )
        own = [
            path(at, self.admin_site.admin_view(view), name=f"campaigns_memberday_{name}") for at, view, name in pages
        ]
        return [*own, *super().get_urls()]

    def live(self, request: HttpRequest) -> HttpResponse:
        """When a campaign would be that is being entered, or what stands against it."""
        if request.method != "POST" or not self.has_run_permission(request):
            raise PermissionDenied
        known = self.get_queryset(request).filter(pk=row_key(request.GET.get("of", ""))).first()
        form = self.get_form(request, known, change=known is not None)(request.POST, instance=known)
        named = ("pattern", "month_days", "nth", "weekdays", "recurrence", "starts_on", "ends_on", "kind")
        form.is_valid()
        problems = [(form.fields[name].label, form.errors[name]) for name in named if name in form.errors]
        context: dict[str, Any] = {"problems": problems}
        if not problems:
            data = form.cleaned_data
            day = MemberDay(**{name: data.get(name) for name in ("kind", "recurrence", "starts_on", "ends_on")})
            context |= {"sentence": said(day), "dates": first_dates(day, SHOWN_DATES), "day": day}
        return TemplateResponse(request, "campaigns/hq/memberdays/_dates.html", context)

    def dry_run(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What it will do, store by store; and the next step with it."""
        day = get_object_or_404(self.get_queryset(request).select_related("created_by", "submitted_by"), pk=pk)
        if not self.has_view_permission(request, day):
            raise PermissionDenied
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": f"{day} · {LOOK}",
            "opts": self.model._meta,
            "media": self.media,
            "day": day,
            "sentence": said(day),
            "may": self.has_run_permission(request),
            "is_maker": is_maker(day, request.user),
            "early": day.early_access.select_related("tier"),
        }
        try:
            run = memberdays.dry_run(day)
            context |= {"run": run, "rows": run.by_store[:SHOWN_STORES], "more": len(run.by_store) - SHOWN_STORES}
        except Refusal as refusal:
            context["refusal"] = refusal
        return TemplateResponse(request, "campaigns/hq/memberdays/dryrun.html", context)

    def do(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """A step of a campaign: ask for approval, approve, send back, end."""
        if request.method != "POST" or verb not in VERBS or not self.has_run_permission(request):
            raise PermissionDenied
        day = get_object_or_404(self.get_queryset(request), pk=pk)
        act, done = VERBS[verb]
        more = {"note": request.POST.get("note", "")} if verb == "send-back" else {}
        try:
            act(day, by=request.user, **more)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:campaigns_memberday_dryrun", args=[day.pk]))

    def calendar(self, request: HttpRequest) -> HttpResponse:
        """A month of campaigns, as a calendar and as a list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        first, today = month_of(request), timezone.localdate()
        days = calendar.of_month(first)
        start = first - timedelta(days=first.weekday())
        weeks = [[start + timedelta(days=7 * week + nth) for nth in range(7)] for week in range(6)]
        cells = [
            [(on, on.month == first.month, days.get(on, [])) for on in week]
            for week in weeks
            if week[0] <= calendar.last_of(first)
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Campaign calendar"),
            "opts": self.model._meta,
            "media": self.media,
            "first": first,
            "today": today,
            "weeks": cells,
            "listed": [(on, entry) for on, entries in sorted(days.items()) for entry in entries if entry.begins],
            "before": first - timedelta(days=1),
            "after": calendar.last_of(first) + timedelta(days=1),
            "waiting": MemberDay.objects.visible_to(request.user).filter(state=MemberDayState.WAITING),
        }
        return TemplateResponse(request, "campaigns/hq/memberdays/calendar.html", context)

    def clashes(self, request: HttpRequest) -> HttpResponse:
        """What the campaigns of a month do to each other; a part of the calendar's page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {"clashes": calendar.clashes(month_of(request))}
        return TemplateResponse(request, "campaigns/hq/memberdays/_clashes.html", context)


def month_of(request: HttpRequest) -> date:
    """The first day of the month that the address names, of the present one unless it names one near it."""
    today = timezone.localdate()
    try:
        found = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return today.replace(day=1)
    return found if abs(found.year - today.year) <= YEARS else today.replace(day=1)
