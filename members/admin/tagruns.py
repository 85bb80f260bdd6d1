"""Bulk tagging in the admin: which tag, whom, what would happen exactly; then a job, its outcome, and the way back."""

import json
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from members import tagruns
from members.admin import segmentbuilder
from members.admin.segmentbuilder import Node
from members.admin.segmentviews import SegmentViews
from members.models import MemberTag, Tag, TagGroup, TagRun
from members.segments import trees
from members.segments.wording import sentence
from stores.admin.base import ReadOnlyAdmin, row_key
from stores.admin.jobs import job_progress
from stores.errors import Refusal

PUT_ON, TAKE_OFF = "put_on", "take_off"
OUTCOMES = {
    "found": _("Members of the rule"),
    "put_on": _("got the tag"),
    "replaced": _("other tags of the group taken off"),
    "taken_off": _("lost the tag"),
}


class RunForm(forms.Form):
    """The tag, what is done with it, and until when it holds."""

    tag = forms.ModelChoiceField(
        label=_("tag"),
        queryset=Tag.objects.filter(group__kind=TagGroup.Kind.MANUAL, is_active=True).select_related("group"),
        widget=UnfoldAdminSelectWidget,
    )
    what = forms.ChoiceField(
        label=_("What to do"),
        choices=[(PUT_ON, _("Put it on")), (TAKE_OFF, _("Take it off"))],
        initial=PUT_ON,
        widget=UnfoldAdminRadioSelectWidget,
    )
    until = forms.DateField(
        label=_("Holds until"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("Empty: as long as the tag itself says."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tag"].label_from_instance = lambda tag: f"{tag.group} · {tag.name}"


@admin.register(TagRun)
class TagRunAdmin(ReadOnlyAdmin):
    """One tag on many members at once: previewed, run, taken back."""

    when_empty = _("Nothing was tagged in bulk yet. Add: choose a tag and whom, look at the figures, then begin.")
    list_display = ("tag", "shown_what", "said", "expected", "outcome", "created_by", "created_at")
    list_select_related = ("tag", "job", "undo_job", "created_by")
    fields = ("tag", "what", "said", "expected", "expires_at", "outcome", "live", "created_by", "created_at")
    readonly_fields = fields
    actions_detail = ("take_back",)

    @display(description=_("What to do"), label={PUT_ON: "success", TAKE_OFF: "warning"})
    def shown_what(self, run: TagRun) -> tuple[str, str]:
        """Put on or take off, as a label."""
        return (TAKE_OFF, str(_("Take it off"))) if run.takes_off else (PUT_ON, str(_("Put it on")))

    @admin.display(description=_("What to do"))
    def what(self, run: TagRun) -> str:
        """The same in plain words."""
        return self.shown_what(run)[1]

    @admin.display(description=_("whom"))
    def said(self, run: TagRun) -> str:
        """The rule in words, or what is wrong with it by now."""
        try:
            return sentence(trees.parse(run.rule))
        except trees.TreeInvalid as invalid:
            return str(invalid)

    @admin.display(description=_("outcome"))
    def outcome(self, run: TagRun) -> str:
        """The figures of the job, and of its taking back."""
        figures = {**(run.job.result if run.job else {})}
        if run.undo_job:
            figures |= run.undo_job.result
        return " · ".join(f"{OUTCOMES[key]} {figures[key]:,}" for key in OUTCOMES if key in figures) or "—"

    @admin.display(description=_("progress"))
    def live(self, run: TagRun) -> str:
        """The bar of the job that works on it now, or did last."""
        job = run.undo_job or run.job
        return job_progress(job) if job else "—"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Headquarters tag in bulk."""
        return request.user.has_perm("members.add_tagrun")

    def has_take_back_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may begin may take back."""
        return self.has_add_permission(request)

    def get_urls(self) -> list[URLPattern]:
        """With what the form asks while it is filled."""
        view = self.admin_site.admin_view(self.preview)
        return [path("preview/", view, name="members_tagrun_preview"), *super().get_urls()]

    @action(description=_("Take off again what it put on"), url_path="take-back", permissions=["take_back"])
    def take_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask once more, then plan the way back; a refusal stands above the button."""
        run = TagRun.objects.visible_to(request.user).select_related("tag").filter(pk=row_key(object_id)).first()
        if run is None:
            raise Http404
        context = {"title": _("Take off again what it put on"), "opts": self.model._meta, "run": run, "refusal": ""}
        if request.method == "POST":
            try:
                tagruns.undo(run, by=request.user)
            except Refusal as refusal:
                context["refusal"] = str(refusal)
            else:
                return HttpResponseRedirect(reverse("admin:members_tagrun_change", args=[run.pk]))
        context |= {"carried": MemberTag.objects.filter(run=run).count(), **self.admin_site.each_context(request)}
        return TemplateResponse(request, "members/hq/tags/take_back.html", context)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """What would happen now, exactly; or what is missing."""
        if request.method != "POST" or not self.has_add_permission(request):
            raise PermissionDenied
        form, context = RunForm(request.POST), {}
        try:
            tree = trees.parse(segmentbuilder.read(request.POST).json())
        except trees.TreeInvalid as invalid:
            context["faults"] = list(dict.fromkeys(str(text) for _place, text in invalid.extra["errors"]))
        else:
            if form.is_valid():
                tag: Tag = form.cleaned_data["tag"]
                seen = tagruns.preview(tag, tree)
                context |= {"preview": seen, "tag": tag, "takes_off": form.cleaned_data["what"] == TAKE_OFF}
            else:
                context["faults"] = [text for errors in form.errors.values() for text in errors]
            context["sentence"] = sentence(tree)
        return TemplateResponse(request, "members/hq/tags/_run_preview.html", context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Tag, whom, and the exact figures; the button begins."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        root = _begin_with(request)
        form = RunForm(request.POST or None, initial={"tag": request.GET.get("tag")})
        if request.method == "POST":
            root = segmentbuilder.read(request.POST)
            run = self._start(request, form, root) if form.is_valid() else None
            if run is not None:
                return HttpResponseRedirect(reverse("admin:members_tagrun_change", args=[run.pk]))
        context = {
            **self.admin_site.each_context(request),
            **SegmentViews.editor_context(root),
            "title": _("Tag many members"),
            "opts": self.model._meta,
            "form": form,
        }
        return TemplateResponse(request, "members/hq/tags/run.html", context)

    def _start(self, request: HttpRequest, form: RunForm, root: Node) -> TagRun | None:
        given = form.cleaned_data
        takes_off, until = given["what"] == TAKE_OFF, given["until"]
        try:
            return tagruns.start(
                given["tag"], root.json(), by=request.user, takes_off=takes_off, until=_day(until, takes_off)
            )
        except trees.TreeInvalid as invalid:
            for text in segmentbuilder.mark(root, invalid.extra["errors"]):
                form.add_error(None, text)
        except Refusal as refusal:
            form.add_error(refusal.extra.get("field"), str(refusal))
        return None


def _day(until: date | None, takes_off: bool) -> date | None:
    return None if takes_off else until


def _begin_with(request: HttpRequest) -> Node:
    """The rule of an address: a segment by its key, or a rule as JSON; otherwise an empty one."""
    segment, rule = request.GET.get("segment", ""), request.GET.get("rule", "")
    try:
        if segment.isdigit():
            data: Any = {"fact": "segments", "op": "any", "value": [int(segment)]}
            return segmentbuilder.of_rule(trees.dump(trees.parse(data)))
        if rule:
            return segmentbuilder.of_rule(trees.dump(trees.parse(json.loads(rule))))
    except (ValueError, RecursionError, trees.TreeInvalid):
        pass
    return segmentbuilder.fresh()
