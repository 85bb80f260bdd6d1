"""The page on which headquarters puts the rule of a system tag together, in the editor of segments."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from members import tagcatalogue, tagrules
from members.admin import segmentbuilder
from members.admin.segmentbuilder import Node
from members.admin.segmentviews import SegmentViews
from members.models import MemberTag, Tag, TagGroup
from members.segments import trees
from members.tags import living
from stores.admin.base import HqAdmin
from stores.admin.jobs import job_progress
from stores.errors import Refusal

LINK = '{} <a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a>'


class RulePages(HqAdmin):
    """What the admin of tags knows about rules: in words, as of when, and where they are changed."""

    def rule_urls(self) -> list[URLPattern]:
        """The page of a tag's rule."""
        view = self.admin_site.admin_view(self.rule_page)
        return [path("<int:pk>/rule/", view, name="members_tag_rule")]

    def rule_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The rule to change, whom it means now, and who carries the tag."""
        tag = get_object_or_404(self.get_queryset(request).select_related("group", "job"), pk=pk)
        if not self.has_change_permission(request, tag):
            raise PermissionDenied
        root, faults = segmentbuilder.of_rule(tag.rule) if tag.rule else segmentbuilder.fresh(), []
        if request.method == "POST" and "refresh" in request.POST:
            self._ask(request, tag)
            return HttpResponseRedirect(request.path)
        if request.method == "POST":
            root = segmentbuilder.read(request.POST)
            faults = self._keep(request, tag, root)
            if not faults:
                return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            **SegmentViews.editor_context(root),
            "title": _("Rule of “%(tag)s”") % {"tag": tag.name},
            "opts": self.model._meta,
            "tag": tag,
            "faults": faults,
            "is_system": tag.group.kind == TagGroup.Kind.SYSTEM,
            **self._standing(tag),
        }
        return TemplateResponse(request, "members/hq/tags/rule.html", context)

    def rule_shown(self, tag: Tag) -> SafeString | str:
        """The rule in words, with the way to its page; for the form of a tag."""
        if tag.pk is None:
            return _("Save first; the rule of a system tag is put together on the next page.")
        if tag.group.kind != TagGroup.Kind.SYSTEM:
            return _("People put this tag on members; only tags of a group of system tags have a rule.")
        words = tagcatalogue.in_words(tag) or _("no rule yet: nobody carries it")
        link = reverse("admin:members_tag_rule", args=[tag.pk])
        return format_html(LINK, words, link, _("Change the rule"))

    def _keep(self, request: HttpRequest, tag: Tag, root: Node) -> list[str]:
        """Save the rule and have it followed; what is wrong with it otherwise."""
        try:
            kept = tagcatalogue.keep_rule(tag, root.json(), by=request.user)
        except trees.TreeInvalid as invalid:
            return [*segmentbuilder.mark(root, invalid.extra["errors"])] or [str(_("Mend what is marked."))]
        except Refusal as refusal:
            return [str(refusal)]
        self._ask(request, kept)
        return []

    def _ask(self, request: HttpRequest, tag: Tag) -> None:
        try:
            tagcatalogue.ask(tag, by=request.user)
        except Refusal as refusal:
            self.message_user(request, str(refusal), messages.WARNING)

    def _standing(self, tag: Tag) -> dict[str, Any]:
        running = tagrules.busy(tag)
        return {
            "carriers": MemberTag.objects.filter(living(), tag=tag).count(),
            "progress": job_progress(tag.job) if tag.job and running else "",
        }
