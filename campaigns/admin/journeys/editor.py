"""The editor of a journey: one page whose parts are swapped; every move is kept at once in a draft of the next version.

Without scripts the same buttons send whole pages.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import SimpleLazyObject

from campaigns.admin.journeys import formfields
from campaigns.admin.journeys.panel import CHANGES, EXIT, FORM, GOAL, PARTS, SETTINGS, asks_of, panel
from campaigns.journeys import counts, daily, differences, drafts, drawing, letting, setup, sketching
from campaigns.journeys.drafts import Draft
from campaigns.journeys.steps import KINDS
from campaigns.lift import contests
from campaigns.lift.boards import SHARES, Group, Line
from campaigns.models import Effect, Journey, JourneyState, Part
from stores.admin.base import HqAdmin, row_key
from stores.errors import Refusal

PAGES = "campaigns/hq/journeys"


class EditorViews(HqAdmin):
    """The addresses of the editor."""

    def editor_urls(self) -> list[URLPattern]:
        """Moves, the numbers, and rows to choose from."""
        pages = (("edit/", self.edit, "edit"), ("counts/", self.counts, "counts"), ("rows/", self.rows, "rows"))
        wrap = self.admin_site.admin_view
        return [path(f"<int:pk>/{at}", wrap(view), name=f"campaigns_journey_{name}") for at, view, name in pages]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page, or what stands beside the steps when another one is chosen."""
        journey = self.journey(request, row_key(object_id))
        at, tab = request.GET.get("at", SETTINGS), request.GET.get("tab", FORM)
        only_panel = request.headers.get("HX-Target") == "jr-panel"
        name = "_panel.html" if only_panel else "page.html"
        return TemplateResponse(request, f"{PAGES}/{name}", self.frame(request, journey, at, tab))

    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One move: ``act`` says which, ``token`` on what it was made."""
        journey = self.journey(request, pk)
        if request.method != "POST" or not self.has_change_permission(request, journey):
            raise PermissionDenied
        verb, _colon, what = request.POST.get("act", "").partition(":")
        if verb == "look":
            return self._look(request, journey, what)
        try:
            at = self._do(request, journey, verb, what)
        except Refusal as refusal:
            return self._refused(request, journey, str(refusal), what)
        journey = self.journey(request, pk)
        address = f"{reverse('admin:campaigns_journey_change', args=[pk])}?at={at}"
        if verb == "win":
            address = reverse("admin:campaigns_journey_publish", args=[pk])
        if not request.headers.get("HX-Request"):
            return HttpResponseRedirect(address)
        if verb == "win":
            return HttpResponse(headers={"HX-Redirect": address})
        tab = CHANGES if request.POST.get("tab") == CHANGES else FORM
        answer = TemplateResponse(request, f"{PAGES}/_swapped.html", self.frame(request, journey, at, tab))
        answer["HX-Replace-Url"] = address
        return answer

    def counts(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The numbers alone: never the steps, so that nothing moves under whoever works on them."""
        context = self.frame(request, self.journey(request, pk), SETTINGS, FORM)
        return TemplateResponse(request, f"{PAGES}/_counts.html", context)

    def rows(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What can be chosen in a field and holds what was typed."""
        journey = self.journey(request, pk)
        name = request.GET.get("name", "")
        try:
            asks = asks_of(journey, drafts.of(journey), request.GET.get("at", ""))
        except sketching.PlaceGone as gone:
            raise Http404 from gone
        typed = request.GET.get(f"{name}-typed", "").replace("\0", "").strip()[:60]
        context = {"name": name, "offered": formfields.offers(asks, name, typed), "most": formfields.OFFERED}
        return TemplateResponse(request, f"{PAGES}/fields/_offered.html", context)

    def journey(self, request: HttpRequest, pk: int) -> Journey:
        """The journey of an address. Raises Http404."""
        return get_object_or_404(self.get_queryset(request).select_related("version"), pk=pk)

    def frame(
        self, request: HttpRequest, journey: Journey, at: str, tab: str, given: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Everything the page shows; a step that is not there any more leads to the journey's own settings."""
        draft, counted = drafts.of(journey), counts.of(journey)
        old = journey.version.flow if journey.version and draft.is_draft else None
        changes = differences.between(old, draft.sketch)
        faults = drafts.unfinished(draft)
        try:
            shown = panel(journey, draft, at, tab, counted, by=request.user, given=given)
        except sketching.PlaceGone:
            shown = panel(journey, draft, SETTINGS, FORM, counted, by=request.user)
        return {
            **self.admin_site.each_context(request),
            "title": journey.name,
            "opts": self.model._meta,
            "journey": journey,
            "draft": draft,
            "drawing": SimpleLazyObject(partial(_drawn, journey, draft, faults, changes, counted)),
            "faulty": faults,
            "counts": counted,
            "changes": drawing.told(changes),
            "rates": drawing.rates(counted, journey.holdout_percent),
            "measured": SimpleLazyObject(partial(_measured, journey)),
            "contests": SimpleLazyObject(partial(contests.of_journey, journey, draft.sketch)),
            "panel": shown,
            "kinds": list(KINDS.values()),
            "by_hand": letting.waits_for_hand(journey),
            "treated": 100 - journey.holdout_percent,
            "may_change": self.has_change_permission(request, journey) and journey.state != JourneyState.ENDED,
        }

    def _look(self, request: HttpRequest, journey: Journey, at: str) -> HttpResponse:
        """The form after a field changed what else is asked; nothing is kept."""
        try:
            given = formfields.read(asks_of(journey, drafts.of(journey), at), request.POST)
        except sketching.PlaceGone as gone:
            raise Http404 from gone
        return TemplateResponse(request, f"{PAGES}/_panel.html", self.frame(request, journey, at, FORM, given))

    def _do(self, request: HttpRequest, journey: Journey, verb: str, what: str) -> str:
        """Make a move; returns the part to show after it. Raises Refusal."""
        token = request.POST.get("token", "")
        if verb == "put" and what == SETTINGS:
            given = formfields.read(asks_of(journey, drafts.of(journey), SETTINGS), request.POST)
            self._set_up(journey, given)
            return SETTINGS
        if verb == "discard":
            drafts.discard(journey, token)
            return SETTINGS
        return drafts.change(journey, token, partial(self._move, request, verb, what))[1]

    def _move(
        self, request: HttpRequest, verb: str, what: str, sketch: sketching.Sketch, taken: set[str]
    ) -> drafts.Moved:
        """The sketch after a move, and the part it was about. Raises Refusal."""
        key, _at, place = what.partition("@")
        if verb == "add":
            return sketching.add(sketch, key, place, taken=taken)
        if verb == "move":
            return sketching.move(sketch, key, place), key
        if verb in ("up", "down"):
            return sketching.shift(sketch, key, -1 if verb == "up" else 1), key
        if verb == "remove":
            return sketching.remove(sketch, key), SETTINGS
        if verb == "win" and place.isdecimal():
            return sketching.settle(sketch, key, int(place[:3])), SETTINGS
        if verb == "drop":
            part = EXIT if key == EXIT else GOAL
            return sketching.put_part(sketch, part, None), part
        if verb != "put":
            raise sketching.PlaceGone
        draft = Draft(sketch, 0, is_draft=True)
        given = formfields.read(asks_of(Journey(), draft, key), request.POST)
        if key in PARTS:
            return sketching.put_part(sketch, key, given), key
        return sketching.put(sketch, key, given), key

    @staticmethod
    def _set_up(journey: Journey, given: Mapping[str, Any]) -> None:
        """The settings of the journey itself. Raises Refusal."""
        setup.change(
            journey,
            name=given.get("name", ""),
            note=given.get("note", ""),
            reentry=given.get("reentry", journey.reentry),
            reentry_days=given.get("reentry_days", journey.reentry_days),
            holdout_percent=given.get("holdout_percent", journey.holdout_percent),
        )

    def _refused(self, request: HttpRequest, journey: Journey, words: str, what: str) -> HttpResponse:
        """The page as it stands now, with why the move was not made."""
        at = what.partition("@")[0]
        if not request.headers.get("HX-Request"):
            self.message_user(request, words, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:campaigns_journey_change", args=[journey.pk]))
        context = self.frame(request, journey, at or SETTINGS, FORM) | {"refusal": words}
        return TemplateResponse(request, f"{PAGES}/_swapped.html", context)


def _drawn(journey: Journey, draft: Draft, faults: Any, changes: Any, counted: counts.Counts) -> drawing.Drawing:
    """The cards, with how messages stand where there are any."""
    kinds = {node["kind"] for node in sketching.walk(draft.sketch["steps"])} if journey.version else set()
    sent = counts.messages(journey) if "message" in kinds else None
    used = daily.used(journey) if "coupon" in kinds else None
    return drawing.draw(draft.sketch, faults, changes, counted, sent, used)


def _measured(journey: Journey) -> Group | None:
    """What the nights found so far: the effect on the goal with its interval, and the scale to draw it on."""
    found = Effect.objects.filter(journey=journey, part=Part.WHOLE, measure__in=SHARES).order_by("-pk").first()
    return Group("", "", [Line("", found)]) if found else None
