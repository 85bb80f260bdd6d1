"""Message templates in the admin: an editor that shows what is read while somebody types, and a test to oneself."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from campaigns.admin.messageforms import MessageForm
from campaigns.messages import checking, texting
from campaigns.messages.preview import preview
from campaigns.messages.rendering import example
from campaigns.messages.testing import send_test, way_to
from campaigns.models import Channel, MessageTemplate
from stores.admin.base import HqAdmin, NoDeleteMixin
from stores.errors import Refusal


@admin.register(MessageTemplate)
class MessageTemplateAdmin(NoDeleteMixin, HqAdmin):
    """The words that machines send, one template for a channel. Those no longer wanted are switched off."""

    form = MessageForm
    list_display = ("name", "channel", "purpose", "words", "parts", "is_active", "created_by")
    list_filter = (("channel", ChoicesDropdownFilter), ("purpose", ChoicesDropdownFilter), "is_active")
    list_select_related = ("created_by",)
    search_fields = ("name", "text")
    change_form_before_template = "campaigns/hq/messages/_live.html"
    fieldsets = ((None, {"fields": (("name", "is_active"), ("channel", "purpose"), "subject", "text", "link")}),)
    when_empty = _("No message yet. Write one, then a journey or a campaign can send it.")

    class Media:
        css = {"all": ("hq/messages.css",)}
        js = ("hq/messages.js",)

    @admin.display(description=_("text"))
    def words(self, template: MessageTemplate) -> str:
        """The beginning of the words."""
        return template.text if len(template.text) <= 60 else f"{template.text[:60]}…"

    @display(description=_("parts and cost"))
    def parts(self, template: MessageTemplate) -> str:
        """What one text message takes, by the example."""
        if template.channel != Channel.SMS:
            return "—"
        measure = texting.measure(example(template).text)
        return f"{measure.parts} · ¥{measure.cost.normalize():f}"

    def get_urls(self) -> list[URLPattern]:
        """With the address that the editor asks while somebody types, and the test."""
        own = [
            path("live/", self.admin_site.admin_view(self.live), name="campaigns_messagetemplate_live"),
            path("<int:pk>/test/", self.admin_site.admin_view(self.test), name="campaigns_messagetemplate_test"),
        ]
        return [*own, *super().get_urls()]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The editor knows where to ask for its preview."""
        known = self.get_object(request, object_id) if object_id else None
        address = reverse("admin:campaigns_messagetemplate_live") + "?" + urlencode({"of": known.pk if known else ""})
        extra = {"live_address": address, "template": known}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def live(self, request: HttpRequest) -> HttpResponse:
        """What would be read, or what is wrong with it. Saves nothing."""
        if request.method != "POST" or not self.has_run_permission(request):
            raise PermissionDenied
        of = request.GET.get("of", "")
        known = get_object_or_404(self.get_queryset(request), pk=of) if of.isdecimal() and len(of) < 19 else None
        form = MessageForm(request.POST, instance=known)
        form.is_valid()
        draft = form.draft
        shown = preview(draft, viewer=request.user, like=request.POST.get("like", "")) if draft.text else None
        said = [(name, form.errors.get(name, ())) for name in form.fields]
        context = {"shown": shown, "draft": draft, "said": said, "errors": form.errors, "texting": texting}
        return TemplateResponse(request, "campaigns/hq/messages/_preview.html", context)

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a saved message to oneself."""
        template = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_run_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            try:
                sent = send_test(template, by=request.user, like=request.POST.get("like", ""))
            except Refusal as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            else:
                self.message_user(request, sent.sentence, messages.SUCCESS if sent.left else messages.ERROR)
            return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Send “%(name)s” to yourself") % {"name": template.name},
            "opts": self.model._meta,
            "template": template,
            "shown": preview(template, viewer=request.user),
            "way": way_to(template, request.user),
            "wrong": checking.problems(template),
            "media": self.media,
        }
        return TemplateResponse(request, "campaigns/hq/messages/test.html", context)

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Whoever may write messages."""
        return request.user.has_perm("campaigns.change_messagetemplate")

    def save_model(self, request: HttpRequest, obj: MessageTemplate, form: MessageForm, change: bool) -> None:
        """Through the verb, which checks the words once more."""
        checking.keep(obj, by=request.user)
