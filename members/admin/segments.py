"""Segments in the admin: a rule put together without reloading the page, who it means at once, and who is in it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from members.admin import segmentbuilder
from members.admin.segmentbuilder import Node
from members.admin.segmentmaking import SegmentMaking, rule_of, steps
from members.admin.segmentviews import PAGES, SegmentViews
from members.models import Segment, SegmentKind, SegmentSpan
from members.segments import catalogue, refreshing, trees
from members.segments.examples import examples
from members.segments.wording import sentence
from stores.admin.base import HqAdmin, ReadOnlyAdmin
from stores.errors import Refusal


class SegmentForm(forms.Form):
    """What a segment is called, and whether it follows its rule."""

    name = forms.CharField(label=_("name"), max_length=80, widget=UnfoldAdminTextInputWidget)
    note = forms.CharField(label=_("note"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget)
    kind = forms.ChoiceField(
        label=_("kind"),
        choices=SegmentKind.choices,
        initial=SegmentKind.DYNAMIC,
        widget=UnfoldAdminRadioSelectWidget(radio_style=admin.VERTICAL),
    )
    is_live = forms.BooleanField(
        label=_("follows within minutes"),
        required=False,
        help_text=_("Members come in and go out soon after something happens to them, not only at night."),
        widget=UnfoldBooleanSwitchWidget,
    )


@admin.register(Segment)
class SegmentAdmin(SegmentViews, SegmentMaking, HqAdmin):
    """Every segment, with its rule in words."""

    list_display = ("name", "said", "shown_kind", "is_live", "size", "refreshed_at", "is_active")
    list_filter = ("is_active", "kind", "is_live")
    search_fields = ("name__icontains",)
    ordering = ("name",)
    actions = ("combine", "refresh", "put_away", "take_out")
    actions_list = ("upload",)

    @admin.display(description=_("rule"))
    def said(self, segment: Segment) -> str:
        """The rule in one sentence, or what is wrong with it by now."""
        try:
            return sentence(catalogue.tree_of(segment))
        except trees.TreeInvalid as invalid:
            return str(invalid)

    @display(description=_("kind"), label={"dynamic": "success", "static": "info"})
    def shown_kind(self, segment: Segment) -> tuple[str, str]:
        """The kind as a coloured label."""
        return segment.kind, segment.get_kind_display()

    def has_delete_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        """Segments are put away; who was in them is history."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """With what the editor asks while a rule is put together, and why a member is in or out."""
        return [*self.own_urls(), *self.making_urls(), *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A new segment; it may begin with one of the usual rules, or with the rule behind a figure."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        begin = next((one for one in examples() if one.key == request.GET.get("like")), None)
        rule = begin.rule if begin else self._rule_asked(request)
        root = segmentbuilder.of_rule(rule) if rule else segmentbuilder.fresh()
        return self._edit(request, None, root, {"name": begin.name} if begin else {})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A segment with its rule to change; who may only look sees it in words."""
        segment = get_object_or_404(self.get_queryset(request), pk=object_id if object_id.isdigit() else 0)
        initial = {"name": segment.name, "note": segment.note, "kind": segment.kind,
                   "is_live": segment.is_live}  # fmt: skip
        return self._edit(request, segment, segmentbuilder.of_rule(segment.rule), initial)

    @action(description=_("Take the members anew"), permissions=["change"])
    def refresh(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Have the chosen segments refreshed now."""
        self.run_verb(request, queryset, lambda one: refreshing.ask(one, by=request.user), _("Begun"))

    @action(description=_("Put away"), permissions=["change"])
    def put_away(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Refresh the chosen segments no more."""
        self.run_verb(request, queryset, lambda one: catalogue.put_away(one, by=request.user), _("Put away"))

    @action(description=_("Use again"), permissions=["change"])
    def take_out(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Use the chosen segments again."""
        self.run_verb(request, queryset, lambda one: catalogue.take_out(one, by=request.user), _("In use again"))

    def _rule_asked(self, request: HttpRequest) -> dict[str, Any] | None:
        """The rule that the address holds; one that means nothing is said to, and left out."""
        try:
            asked = trees.of_text(request.GET.get("rule", ""))
        except trees.TreeInvalid as invalid:
            self.message_user(request, str(invalid), messages.WARNING)
            return None
        return trees.dump(asked) if asked else None

    def _edit(self, request: HttpRequest, segment: Segment | None, root: Node, initial: dict[str, Any]) -> HttpResponse:
        form = SegmentForm(request.POST or None, initial=initial)
        if request.method == "POST":
            if segment is not None and not self.has_change_permission(request, segment):
                raise PermissionDenied
            root = segmentbuilder.read(request.POST)
            saved = self._keep(request, segment, form, root) if form.is_valid() else None
            if saved is not None:
                return HttpResponseRedirect(reverse("admin:members_segment_change", args=[saved.pk]))
        context = {
            **self.admin_site.each_context(request),
            **self.editor_context(root),
            "title": segment.name if segment else _("New segment"),
            "opts": self.model._meta,
            "form": form,
            "segment": segment,
            "examples": [] if segment else examples(),
            "may_change": segment is None or self.has_change_permission(request, segment),
            "said": self.said(segment) if segment else "",
            **(self.standing_context(segment) if segment else {}),
            "steps": steps(request, rule_of(segment)) if segment else [],
        }
        return TemplateResponse(request, f"{PAGES}/page.html", context)

    def _keep(self, request: HttpRequest, segment: Segment | None, form: SegmentForm, root: Node) -> Segment | None:
        """Save, and have the members taken; None with the faults beside their fields."""
        try:
            saved = catalogue.keep(segment, rule=root.json(), by=request.user, **form.cleaned_data)
        except trees.TreeInvalid as invalid:
            for text in segmentbuilder.mark(root, invalid.extra["errors"]):
                form.add_error(None, text)
            return None
        except Refusal as refusal:
            form.add_error(refusal.extra.get("field"), str(refusal))
            return None
        try:
            refreshing.ask(saved, by=request.user)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
        return saved


@admin.register(SegmentSpan)
class SegmentSpanAdmin(ReadOnlyAdmin):
    """Who was in which segment from when to when."""

    list_display = ("member", "segment", "since", "until")
    list_select_related = ("member", "segment")
    list_filter = (("segment", RelatedDropdownFilter),)
    search_fields = ("member__code",)
    search_help_text = _("Member code")
