"""Recruiting in the admin: channel codes with poster and results, sign-ups on their way, and whom they brought."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from campaigns.models import ChannelCode, CodeKind, JoinRequest, SignUp
from campaigns.recruiting import codes, results
from campaigns.recruiting.posters import SIZES, poster_of
from coupons.models import CouponPack, CouponTemplate, TemplateState
from members.models import Tag, TagGroup
from stores.admin.base import HqAdmin, NoDeleteMixin, ReadOnlyAdmin
from stores.admin.filters import MomentFilter

DAYS = 30


class ChannelCodeForm(forms.ModelForm):
    """What a code says of those who come by it, and what they are given."""

    class Meta:
        model = ChannelCode
        fields = (
            *("name", "source", "store", "guide", "campaign", "tags", "template", "pack"),
            *("starts_on", "ends_on", "state"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered: dict[str, QuerySet[Any]] = {
            "template": CouponTemplate.objects.filter(state=TemplateState.ACTIVE),
            "pack": CouponPack.objects.filter(state=TemplateState.ACTIVE),
            "tags": Tag.objects.filter(is_active=True).exclude(group__kind=TagGroup.Kind.SYSTEM),
        }
        for name, rows in offered.items():
            if name in self.fields:
                self.fields[name].queryset = rows

    def clean(self) -> dict[str, Any]:
        """A guide who looks after people serves in the store that becomes their home."""
        given = super().clean()
        guide, store = given.get("guide"), given.get("store")
        if guide is not None and (guide.store_id is None or (store is not None and guide.store_id != store.pk)):
            self.add_error("guide", _("This guide does not serve in that store."))
        return given


class RangeForm(forms.Form):
    """From which day to which."""

    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    def window(self) -> tuple[date, date]:
        """First and last day; the last thirty unless said otherwise."""
        given = self.cleaned_data if self.is_valid() else {}
        last = given.get("until") or timezone.localdate()
        return min(given.get("since") or last - timedelta(days=DAYS - 1), last), last


@admin.register(ChannelCode)
class ChannelCodeAdmin(NoDeleteMixin, HqAdmin):
    """Codes that people scan. Those of guides and stores are made by themselves; here headquarters makes its own."""

    form = ChannelCodeForm
    list_display = ("name", "kind", "code", "store", "guide", "source", "gift", "standing")
    list_filter = (
        ("kind", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter), ("store", AutocompleteSelectFilter),
        ("campaign", RelatedDropdownFilter),
    )  # fmt: skip
    list_select_related = ("store", "guide", "template", "pack")
    search_fields = ("name", "code", "source")
    autocomplete_fields = ("store", "guide", "campaign")
    readonly_fields = ("links",)
    fieldsets = (
        (None, {"fields": (("name", "source"), "links", ("starts_on", "ends_on"), "state")}),
        (_("Whom it leads to"), {"fields": (("store", "guide"), "campaign")}),
        (_("What new members get"), {"fields": (("template", "pack"), "tags")}),
    )
    when_empty = _("No code yet. Make one for a campaign; guides and stores get theirs when they open their page.")

    @admin.display(description=_("welcome"))
    def gift(self, code: ChannelCode) -> str:
        """What new members get."""
        return str(code.template or code.pack or "—")

    @display(description=_("state"), label={"active": "success", "off": "warning"})
    def standing(self, code: ChannelCode) -> tuple[str, str]:
        """Whether it leads anywhere."""
        return code.state, code.get_state_display()

    @admin.display(description=_("poster and results"))
    def links(self, code: ChannelCode) -> str:
        """The ways to its pages; a code that is not there yet has none."""
        if code.pk is None:
            return "—"
        pages = [
            (_("Poster A4"), "poster", "?size=a4"),
            (_("Poster A6"), "poster", "?size=a6"),
            (_("Results"), "results", ""),
        ]
        shown = [
            format_html(
                '<a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a>',
                reverse(f"admin:campaigns_channelcode_{page}", args=[code.pk]) + query, words,
            )
            for words, page, query in pages
        ]  # fmt: skip
        return mark_safe(" · ".join([code.code, *shown]))  # nosec B308 B703 - made of format_html and our own code

    def get_readonly_fields(self, request: HttpRequest, obj: ChannelCode | None = None) -> tuple[str, ...]:
        """Whose code it is stays: whoever has it on paper would bring people to somebody else."""
        return ("links", "store", "guide", "campaign") if obj and obj.kind != CodeKind.CAMPAIGN else ("links",)

    def get_urls(self) -> list[URLPattern]:
        """With the poster and the results."""
        own = [
            path("<int:pk>/poster/", self.admin_site.admin_view(self.poster), name="campaigns_channelcode_poster"),
            path("<int:pk>/results/", self.admin_site.admin_view(self.results), name="campaigns_channelcode_results"),
        ]
        return [*own, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: ChannelCode, form: ChannelCodeForm, change: bool) -> None:
        """Through the verb, which draws the code."""
        codes.keep(obj, by=request.user)

    def poster(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The code on paper."""
        code = self._code(request, pk)
        size = request.GET.get("size", SIZES[0])
        if size not in SIZES:
            raise Http404
        other = next(name for name in SIZES if name != size)
        context = {
            "poster": poster_of(code, settings.PUBLIC_URL or request.build_absolute_uri("/")),
            "size": size,
            "other": {"name": other.upper(), "url": f"?size={other}"},
            "back_url": reverse("admin:campaigns_channelcode_change", args=[pk]),
        }
        return TemplateResponse(request, "campaigns/join/poster.html", context)

    def results(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Scans, sign-ups, first orders and who came again."""
        code = self._code(request, pk)
        since, until = RangeForm(request.GET).window()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Results of “%(name)s”") % {"name": code.name},
            "opts": self.model._meta,
            "code": code,
            "since": since,
            "until": until,
            "total": results.of_code(code, since, until),
            "days": results.by_day(code, since, until),
        }
        return TemplateResponse(request, "campaigns/hq/recruiting/results.html", context)

    def _code(self, request: HttpRequest, pk: int) -> ChannelCode:
        if not self.has_view_permission(request):
            raise Http404
        return get_object_or_404(self.get_queryset(request).select_related("store", "template__terms", "pack"), pk=pk)


@admin.register(JoinRequest)
class JoinRequestAdmin(ReadOnlyAdmin):
    """Sign-ups on their way and how they ended. The number stays sealed and goes with the end."""

    list_display = ("shown", "state", "code", "store", "created_at", "ended_at", "ended_by")
    list_filter = (("state", ChoicesDropdownFilter), ("created_at", MomentFilter))
    list_select_related = ("code", "store", "ended_by")
    fields = (
        *("shown", "state", "code", "inviter", "store", "guide", "consents", "sends", "tries", "created_at"),
        *("ended_at", "ended_by", "member"),
    )
    when_empty = _("Nobody has signed up by a code yet.")


@admin.register(SignUp)
class SignUpAdmin(ReadOnlyAdmin):
    """Who signed up by which code, and what they were welcomed with."""

    list_display = ("member", "code", "is_new", "store", "guide", "welcomed", "at")
    list_filter = ("is_new", ("code", AutocompleteSelectFilter), ("at", MomentFilter))
    list_select_related = ("member", "code", "store", "guide", "coupon__template", "pack__pack")
    search_fields = ("member__code",)
    search_help_text = _("Member code")
    fields = ("member", "code", "is_new", "store", "guide", "coupon", "pack", "refusal", "at")
    when_empty = _("Nobody has signed up by a code yet.")

    @admin.display(description=_("welcome"))
    def welcomed(self, row: SignUp) -> str:
        """The coupon or pack, or why there is none."""
        given = row.coupon.template if row.coupon else row.pack.pack if row.pack else None
        return str(given or row.refusal or "—")
