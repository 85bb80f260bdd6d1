"""Journeys from playbooks, tried on the past, and letting members in by hand."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from campaigns.admin.journeys.editor import PAGES
from campaigns.admin.journeys.turning import TurningViews
from campaigns.guidetasks.asking import CAP
from campaigns.journeys import drafts, drawing, flows, letting, sketching
from campaigns.journeys.rehearsal.replay import DAYS, Rehearsal, rehearse
from campaigns.models import JourneyVersion
from campaigns.playbooks import PLAYBOOKS, Installed, install, journeys_of
from members.models import Segment
from members.segments.registry import REGISTRY
from stores.errors import Refusal

DOES = {"coupon": pgettext_lazy("dry run", "Coupons"), "message": _("Messages"), "task": _("Guide tasks")}
WEEK = 7


class WhomForm(forms.Form):
    """Whom to let in: the members of a segment, among them those made of an uploaded list."""

    segment = forms.ModelChoiceField(Segment.objects.filter(is_active=True), label=_("Segment"))


class TryingViews(TurningViews):
    """The pages and buttons."""

    def trying_urls(self) -> list[URLPattern]:
        """Playbooks, dry run, and letting in."""
        wrap = self.admin_site.admin_view
        return [
            path("playbooks/", wrap(self.playbooks), name="campaigns_journey_playbooks"),
            path("<int:pk>/rehearse/", wrap(self.rehearse), name="campaigns_journey_rehearse"),
            path("<int:pk>/let-in/", wrap(self.let_in), name="campaigns_journey_let_in"),
        ]

    def playbooks(self, request: HttpRequest) -> HttpResponse:
        """What there is, and one tap to have it as a draft."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._install(request, request.POST.get("playbook", ""))
        context = {
            "title": _("Playbooks"),
            "playbooks": [(one, list(journeys_of(one))) for one in PLAYBOOKS.values()],
            "may_add": self.has_add_permission(request),
        }
        return self._page(request, "playbooks.html", context)

    def rehearse(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the draft, or the version in force, would have done in the last quarter."""
        journey = self.journey(request, pk)
        version = drafts.waiting(journey) or journey.version
        if version is None:
            raise Http404
        context: dict[str, Any] = {"title": _("Dry run"), "journey": journey, "version": version, "days": DAYS}
        try:
            context |= _told(version, rehearse(version))
        except Refusal as refusal:
            context["refusal"] = str(refusal)
        return self._page(request, "rehearsal.html", context)

    def let_in(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Choose a segment; its members come in by a job that shows how far it is."""
        journey = self._changeable(request, pk)
        form = WhomForm(request.POST or None, initial={"segment": request.GET.get("segment")})
        if request.method == "POST" and form.is_valid():
            rule = {"all": [{"fact": "segments", "op": "any", "value": [form.cleaned_data["segment"].pk]}]}
            try:
                job = letting.let_in(journey, rule, by=request.user)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                return HttpResponseRedirect(reverse("admin:stores_job_change", args=[job.pk]))
        return self._page(request, "letin.html", {"title": _("Let members in"), "journey": journey, "form": form})

    def _install(self, request: HttpRequest, key: str) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if key not in PLAYBOOKS:
            raise Http404
        try:
            made = install(PLAYBOOKS[key], by=request.user)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:campaigns_journey_playbooks"))
        self.message_user(request, _installed(made), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:campaigns_journey_change", args=[made.journey.pk]))

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.model._meta, **context}
        return TemplateResponse(request, f"{PAGES}/{name}", whole)


def _installed(made: Installed) -> str:
    """What came along and is to be looked at before the journey is published."""
    drafts_made = len(made.coupons) + len(made.packs)
    text = ngettext(
        "“%(name)s” is installed as a draft, with %(count)s coupon or pack to publish and its messages and scripts.",
        "“%(name)s” is installed as a draft, with %(count)s coupons and packs to publish and its messages and scripts.",
        drafts_made,
    )
    return text % {"name": made.journey.name, "count": drafts_made}


def _told(version: JourneyVersion, told: Rehearsal) -> dict[str, Any]:
    """The figures of a dry run as the page shows them."""
    names = {node["key"]: drawing.name(node) for node in sketching.walk(version.flow["steps"])}
    keys = list(flows.stored(version.flow).by_key)
    weeks: dict[Any, int] = {}
    for day, count in sorted(told.entered.items()):
        first = told.first.toordinal() + (day.toordinal() - told.first.toordinal()) // WEEK * WEEK
        monday = day.fromordinal(first)
        weeks[monday] = weeks.get(monday, 0) + count
    most = max(weeks.values(), default=1)
    return {
        "told": told,
        "per_day": round(told.total / DAYS, 1),
        "does": [(DOES[what], told.house(count)) for what, count in sorted(told.does.items())],
        "weeks": [(day, told.house(count), round(100 * count / most)) for day, count in weeks.items()],
        "steps": [(names.get(key, key), told.house(told.steps[key])) for key in keys],
        "reached": told.house(told.goal),
        "control": told.house(told.control),
        "cap": CAP.value,
        "whole": told.scale == 1.0,
        "unknown": [str(REGISTRY[fact].label) for fact in sorted(told.today)],
    }
