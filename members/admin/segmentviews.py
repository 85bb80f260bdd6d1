"""What the editor of segments asks the server for while a rule is put together; nothing of it is kept."""

from itertools import groupby
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from members.admin import segmentbuilder
from members.admin.segmentbuilder import HOWS, OFFERED, Node
from members.admin.segmentmaking import steps
from members.models import Member, Segment, SegmentSpan
from members.segments import catalogue, evaluating, refreshing, trees
from members.segments.registry import REGISTRY
from members.segments.wording import sentence
from stores.admin.base import HqAdmin
from stores.admin.jobs import job_progress

PAGES = "members/hq/segments"
STAYS_SHOWN = 10


class SegmentViews(HqAdmin):
    """The addresses beside the form of a segment."""

    def own_urls(self) -> list[URLPattern]:
        """The editor, whom the rule means, what can be chosen; why a member is in or out, how far a refresh is."""
        pages = (
            ("editor/", self.editor, "editor"),
            ("live/", self.live, "live"),
            ("choices/", self.choices, "choices"),
            ("<int:pk>/explain/", self.explain, "explain"),
            ("<int:pk>/progress/", self.progress, "progress"),
        )
        return [path(at, self.admin_site.admin_view(view), name=f"members_segment_{name}") for at, view, name in pages]

    def editor(self, request: HttpRequest) -> HttpResponse:
        """The rule after a button was pressed or another fact was chosen."""
        self._only_posted(request)
        root = segmentbuilder.act(segmentbuilder.read(request.POST), request.POST.get("act", ""))
        return TemplateResponse(request, f"{PAGES}/_editor.html", self.editor_context(root))

    def live(self, request: HttpRequest) -> HttpResponse:
        """Whom the rule means now: the sentence, the exact number, some of them; or what is missing."""
        self._only_posted(request)
        context: dict[str, Any] = {}
        try:
            tree = trees.parse(segmentbuilder.read(request.POST).json())
        except trees.TreeInvalid as invalid:
            context["faults"] = list(dict.fromkeys(str(text) for _place, text in invalid.extra["errors"]))
        else:
            context |= {"sentence": sentence(tree), "preview": catalogue.preview(tree, by=request.user)}
            context["steps"] = steps(request, trees.dump(tree)) if context["preview"].count else []
        return TemplateResponse(request, f"{PAGES}/_live.html", context)

    def choices(self, request: HttpRequest) -> HttpResponse:
        """What can be chosen for a field and holds what was typed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        fact, name = request.GET.get("fact", ""), request.GET.get("name", "")
        place, _dash, part = name.partition("-")
        if fact not in REGISTRY or not segmentbuilder.PLACE.fullmatch(place):
            raise Http404
        typed = request.GET.get(f"{name}-typed", "").strip()[:60]
        context = {"name": name, "offered": segmentbuilder.offers(Node(place, fact=fact), part, typed), "most": OFFERED}
        return TemplateResponse(request, f"{PAGES}/_offered.html", context)

    def explain(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Why a member is in or out, condition by condition, and when they were in it."""
        segment = get_object_or_404(self.get_queryset(request), pk=pk)
        code = request.GET.get("code", "").strip()
        member = Member.objects.visible_to(request.user).filter(code=code).first() if code.isdigit() else None
        context: dict[str, Any] = {"code": code, "member": member}
        if member:
            stays = SegmentSpan.objects.visible_to(request.user).filter(segment=segment, member=member)
            context["stays"] = stays.order_by("-since")[:STAYS_SHOWN]
            try:
                context["reason"] = evaluating.explain(catalogue.tree_of(segment), member)
            except trees.TreeInvalid as invalid:
                context["fault"] = str(invalid)
        return TemplateResponse(request, f"{PAGES}/_explained.html", context)

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far the members are taken anew."""
        segment = get_object_or_404(self.get_queryset(request).select_related("job"), pk=pk)
        return TemplateResponse(request, f"{PAGES}/_standing.html", self.standing_context(segment))

    def standing_context(self, segment: Segment) -> dict[str, Any]:
        """How many are in it and as of when, or how far they are taken anew."""
        job = segment.job
        running = bool(job and job.state in refreshing.OPEN)
        progress = job_progress(job) if job and running else ""
        nightly = settings.PERIODS[refreshing.NIGHTLY]
        return {"segment": segment, "running": running, "progress": progress, "nightly": nightly}

    @staticmethod
    def editor_context(root: Node) -> dict[str, Any]:
        """The rule with what can be asked, by what it is about."""
        known = sorted((fact for fact in REGISTRY.values() if fact.at_hand), key=lambda fact: str(fact.group))
        facts = [(group, list(some)) for group, some in groupby(known, key=lambda fact: str(fact.group))]
        return {"root": root, "facts": facts, "hows": HOWS}

    def _only_posted(self, request: HttpRequest) -> None:
        if request.method != "POST" or not self.has_view_permission(request):
            raise PermissionDenied
