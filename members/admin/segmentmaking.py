"""Pages on which segments begin otherwise than with a rule: an uploaded list, or segments put together."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from members import memberlists
from members.admin.memberlists import told
from members.models import Segment
from members.segments import making
from members.segments.nextsteps import STEPS
from members.segments.trees import parse
from members.segments.wording import sentence
from stores.admin.base import HqAdmin
from stores.errors import Refusal

MOST_COMBINED = 10


class UploadForm(forms.Form):
    """The file, and what the segment is called."""

    name = forms.CharField(label=_("Name of the segment"), max_length=80, widget=UnfoldAdminTextInputWidget)
    file = forms.FileField(label=_("File: Excel (.xlsx), CSV or CSV.gz"), widget=UnfoldAdminFileFieldWidget)


def with_rule(address: str, rule: Mapping[str, Any]) -> str:
    """The address of a page that begins with a rule."""
    return f"{reverse(address)}?{urlencode({'rule': json.dumps(rule, ensure_ascii=False, separators=(',', ':'))})}"


def steps(request: HttpRequest, rule: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """What whoever asks may do with the members of a rule: words and address."""
    may = (step for step in STEPS if request.user.has_perm(step.permission))
    return [(step.label, with_rule(step.address, rule)) for step in may]


def rule_of(segment: Segment) -> dict[str, Any]:
    """The rule of being in a segment."""
    return making.in_any([segment])


class SegmentMaking(HqAdmin):
    """The pages, and the buttons that lead to them."""

    def making_urls(self) -> list[URLPattern]:
        """The page that combines the chosen segments."""
        view = self.admin_site.admin_view(self.combined)
        return [path("combine/", view, name="members_segment_combine")]

    @action(description=_("Upload a list"), url_path="upload", icon="upload_file", permissions=["add"])
    def upload(self, request: HttpRequest) -> HttpResponse:
        """Take a file of members as a segment; a bad one gets its one sentence, and what its rows were."""
        form, away = UploadForm(request.POST or None, request.FILES or None), {}
        if form.is_valid():
            try:
                made = making.of_file(form.cleaned_data["file"], form.cleaned_data["name"], by=request.user)
            except Refusal as refusal:
                is_name = refusal.code in ("name_missing", "name_taken")
                form.add_error("name" if is_name else "file", str(refusal))
                away = refusal.extra.get("turned_away", {})
            else:
                return HttpResponseRedirect(reverse("admin:members_segment_change", args=[made.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Upload a list as a segment"),
            "opts": self.model._meta,
            "form": form,
            "away": told(away),
            "most": memberlists.MOST_ROWS.value,
        }
        return TemplateResponse(request, "members/hq/upload_list.html", context)

    @action(description=_("Combine"), permissions=["add"])
    def combine(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """On to the page that asks how."""
        keys = ",".join(str(pk) for pk in queryset.order_by("name").values_list("pk", flat=True)[: MOST_COMBINED + 1])
        return HttpResponseRedirect(f"{reverse('admin:members_segment_combine')}?of={keys}")

    def combined(self, request: HttpRequest) -> HttpResponse:
        """Each way to put the chosen segments together, in words; the editor begins with the one that is taken."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        keys = [int(key) for key in request.GET.get("of", "").split(",") if key.isdecimal() and len(key) < 19]
        chosen = list(Segment.objects.filter(pk__in=keys[: MOST_COMBINED + 1]).order_by("name"))
        rules = []
        if 2 <= len(chosen) <= MOST_COMBINED:
            rules = [making.in_all(chosen), making.in_any(chosen)]
            rules += [making.in_first_alone(one, [each for each in chosen if each != one]) for one in chosen]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Combine segments"),
            "opts": self.model._meta,
            "ways": [(sentence(parse(rule)), with_rule("admin:members_segment_add", rule)) for rule in rules],
            "most": MOST_COMBINED,
        }
        return TemplateResponse(request, "members/hq/segments/combine.html", context)
