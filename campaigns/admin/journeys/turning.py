"""A journey is published, paused, resumed, ended: each after a look at what that means for those on the way."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from campaigns.admin.journeys.editor import PAGES, EditorViews
from campaigns.journeys import counts, differences, drafts, drawing, sketching, versions
from campaigns.journeys.versions import Standing
from campaigns.lift import contests
from campaigns.models import Journey
from stores.errors import Refusal

VERBS: dict[str, tuple[Any, Any]] = {
    "pause": (versions.pause, _("Paused. Everybody stands where they stand.")),
    "resume": (versions.resume, _("It runs again.")),
    "end": (versions.end, _("Ended.")),
}


class TurningViews(EditorViews):
    """The pages and buttons."""

    def turning_urls(self) -> list[URLPattern]:
        """Publish, end with a question before it, and the buttons without one."""
        pages = (("publish/", self.publish, "publish"), ("end/", self.end, "end"), ("turn/", self.turn, "turn"))
        wrap = self.admin_site.admin_view
        return [path(f"<int:pk>/{at}", wrap(view), name=f"campaigns_journey_{name}") for at, view, name in pages]

    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the new version changes and where everybody stands; then put it into force."""
        journey = self._changeable(request, pk)
        draft = drafts.waiting(journey)
        if draft is None:
            self.message_user(request, _("There is no draft to publish."), messages.WARNING)
            return self._back(pk)
        refusal = ""
        if request.method == "POST":
            standing = request.POST.get("standing", Standing.STAY)
            try:
                self._unchanged(journey, request.POST.get("token", ""))
                versions.publish(draft, by=request.user, standing=Standing(standing))
            except (Refusal, ValueError) as wrong:
                refusal = str(wrong)
            else:
                words = _("Version %(number)s is in force.") % {"number": draft.number}
                self.message_user(request, words, messages.SUCCESS)
                return self._back(pk)
        return TemplateResponse(request, f"{PAGES}/publish.html", self._publishing(request, journey, refusal))

    def end(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask once more: nobody enters any more, and whoever is on the way leaves."""
        journey = self._changeable(request, pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("End the journey"),
            "opts": self.model._meta,
            "journey": journey,
            "counts": counts.fresh([journey.pk])[journey.pk],
        }
        return TemplateResponse(request, f"{PAGES}/end.html", context)

    def turn(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Pause, resume or end."""
        journey = self._changeable(request, pk)
        verb = VERBS.get(request.POST.get("verb", ""))
        if request.method != "POST" or verb is None:
            raise Http404
        try:
            verb[0](journey)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, str(verb[1]), messages.SUCCESS)
        return self._back(pk)

    def _publishing(self, request: HttpRequest, journey: Journey, refusal: str) -> dict[str, Any]:
        version = drafts.waiting(journey)
        draft = drafts.of(journey)
        crowds = versions.crowds(version) if version else []
        old = journey.version.flow if journey.version else None
        names = {node["key"]: drawing.name(node) for node in self._nodes(journey)}
        return {
            **self.admin_site.each_context(request),
            "title": _("Publish version %(number)s") % {"number": draft.number},
            "opts": self.model._meta,
            "journey": journey,
            "draft": draft,
            "refusal": refusal,
            "faults": [(names.get(key, ""), words) for key, words in sketching.faults(draft.sketch)],
            "changes": drawing.told(differences.between(old, draft.sketch)),
            "crowds": [(one, names.get(one.step, "")) for one in crowds],
            "along": sum(one.trips for one in crowds if one.goes_along),
            "stuck": sum(one.trips for one in crowds if not one.goes_along),
            "all": sum(one.trips for one in crowds),
            "standings": Standing.choices,
            "settled": self._settled(journey, draft),
        }

    @staticmethod
    def _settled(journey: Journey, draft: drafts.Draft) -> list[contests.Contest]:
        """The splits that the draft does away with, and what was measured of them."""
        if journey.version is None:
            return []
        left = {node["key"] for node in sketching.walk(draft.sketch["steps"])}
        return [one for one in contests.of_journey(journey, journey.version.flow) if one.key not in left]

    @staticmethod
    def _nodes(journey: Journey) -> list[dict[str, Any]]:
        """Every step of every version, the newest last."""
        flows = journey.versions.order_by("number").values_list("flow", flat=True)
        return [node for flow in flows for node in sketching.walk(flow["steps"])]

    @staticmethod
    def _unchanged(journey: Journey, token: str) -> None:
        """Raise Refusal when the draft is not the one that was looked at."""
        if drafts.of(journey).token != token:
            raise Refusal(_("Somebody else changed the steps meanwhile. Look again."), code="draft_changed")

    def _changeable(self, request: HttpRequest, pk: int) -> Journey:
        journey = self.journey(request, pk)
        if not self.has_change_permission(request, journey):
            raise PermissionDenied
        return journey

    @staticmethod
    def _back(pk: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:campaigns_journey_change", args=[pk]))
