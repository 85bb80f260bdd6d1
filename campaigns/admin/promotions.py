"""Promotions in the admin: an editor for each kind with its sentence and a trial at once; published, ended, copied."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from campaigns import promotions
from campaigns.admin.promotionkinds import FORMS
from campaigns.admin.promotionsteps import StepPages
from campaigns.models import Promotion, PromotionKind, PromotionSale, PromotionState
from campaigns.promotions.kinds import REGISTRY
from campaigns.promotions.results import results_of
from campaigns.promotions.sampling import try_on
from stores.admin.base import ReadOnlyAdmin, UnusedDeleteAdmin

LABELS = {PromotionState.DRAFT: "info", PromotionState.PUBLISHED: "success", PromotionState.ENDED: "warning"}
EXAMPLES = {
    PromotionKind.FULL_REDUCTION: _("¥30 off ¥200, ¥60 off ¥300"),
    PromotionKind.NTH_ITEM: _("the second at half its price"),
    PromotionKind.BUNDLE: _("two grapes and an apple for ¥39.9"),
    PromotionKind.FLASH_PRICE: _("cherries for ¥29.9, two a member, while they last"),
    PromotionKind.TIER_PERCENT: _("gold pays 90 %, silver 95 %"),
    PromotionKind.GIFT: _("a yoghurt with a bill from ¥99"),
}
WHOLE_SCOPE = ("tiers", "members_only", "categories", "skus")
UNNAMED = "-"  # what a promotion is called while it is tried out before it has a name
NAMED = 300  # promotions of a list whose products are named
# What of the scope a kind leaves to the promotion, where that is not all of it.
SCOPE = {
    PromotionKind.BUNDLE: ("tiers", "members_only"),
    PromotionKind.FLASH_PRICE: ("tiers", "members_only"),
    PromotionKind.TIER_PERCENT: ("categories", "skus"),
}


@admin.register(Promotion)
class PromotionAdmin(StepPages, UnusedDeleteAdmin):
    """What carts get by themselves."""

    list_filter = (("state", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter))
    search_fields = ("name",)
    ordering = ("-pk",)
    list_select_related = ("member_day",)
    autocomplete_fields = ("member_day",)
    actions = ("publish", "end", "copy")
    readonly_fields = ("words", "window", "results")
    change_form_before_template = "campaigns/hq/promotions/_live.html"

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns; what a promotion says names products, which are looked up once for all rows."""
        if not hasattr(request, "promotion_words"):
            request.promotion_words = _words_column(self.get_queryset(request))
        return ["name", request.promotion_words, "shown_state", "window", "orders", "given_away", "pieces"]

    @display(description=_("state"), label=LABELS)
    def shown_state(self, promotion: Promotion) -> tuple[str, str]:
        """The state as a coloured label."""
        return promotion.state, promotion.get_state_display()

    @admin.display(description=_("when"), ordering="starts_at")
    def window(self, promotion: Promotion) -> str:
        """From when until when, and on which member day."""
        ends = promotion.ended_at or promotion.ends_at
        days = " – ".join([_moment(promotion.starts_at), _moment(ends) if ends else _("open end")])
        return f"{days} · {promotion.member_day.name}" if promotion.member_day else days

    @admin.display(description=_("taken off"), ordering="off")
    def given_away(self, promotion: Promotion) -> str:
        """Yuan in all."""
        return f"¥{promotion.off:,.0f}"

    @admin.display(description=_("pieces"), ordering="sold")
    def pieces(self, promotion: Promotion) -> str:
        """Sold of the stock, where pieces count."""
        if not REGISTRY[promotion.kind].counts_pieces:
            return "—"
        return f"{promotion.sold:,} / {'∞' if promotion.stock is None else f'{promotion.stock:,}'}"

    @admin.display(description=_("what it gives"))
    def words(self, promotion: Promotion) -> str:
        """The whole sentence."""
        return promotions.sentence(promotion, promotions.names_for([promotion]))

    @admin.display(description=_("results"))
    def results(self, promotion: Promotion) -> str:
        """Orders, members, yuan, by store."""
        context = {"promotion": promotion, "results": results_of(promotion)}
        return render_to_string("campaigns/hq/promotions/_results.html", context)

    def is_used(self, promotion: Promotion) -> bool:
        """Only drafts are deleted."""
        return promotion.state != PromotionState.DRAFT

    def has_change_permission(self, request: HttpRequest, obj: Promotion | None = None) -> bool:
        """Only a draft can be changed; what was published is ended, and copied to be changed."""
        changeable = obj is None or obj.state == PromotionState.DRAFT
        return changeable and super().has_change_permission(request, obj)

    def get_form(self, request: HttpRequest, obj: Promotion | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form of the kind."""
        kwargs["form"] = FORMS[kind_of(request, obj)]
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Promotion | None = None) -> Any:
        """For a draft everything of its kind; for others what it says and brought about."""
        if obj is not None and obj.state != PromotionState.DRAFT:
            facts = ("name", "words", "window", ("cost_owner", "created_by", "published_by"), "results")
            return [(None, {"fields": facts})]
        form = FORMS[kind_of(request, obj)]
        scope = ("stores", "excluded_stores", "channels", *SCOPE.get(form.kind, WHOLE_SCOPE))
        return [
            (None, {"fields": ("name",)}),
            (form.kind.label, {"fields": form.given}),
            (_("When"), {"fields": ("starts_at", "ends_at", "weekdays", ("hour_from", "hour_until"), "member_day")}),
            (_("Where and for whom"), {"classes": ("tab",), "fields": scope}),
            (_("Beside others"), {"classes": ("tab",), "fields": ("excludes", "stack_group", "cost_owner")}),
            (_("Try it out"), {"classes": ("tab",), "fields": ("sample",)}),
        ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Promotion | None = None) -> Any:
        """What is shown of a promotion that was published."""
        published = obj is not None and obj.state != PromotionState.DRAFT
        return (*self.readonly_fields, "created_by", "published_by") if published else ()

    def get_urls(self) -> list[URLPattern]:
        """With the address that the editor asks while somebody types."""
        address = path("live/", self.admin_site.admin_view(self.live), name="campaigns_promotion_live")
        return [address, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """First which kind; then its editor."""
        if self.has_add_permission(request) and request.GET.get("kind") not in FORMS:
            kinds = [(key, label, EXAMPLES[PromotionKind(key)]) for key, label in PromotionKind.choices]
            context = {**self.admin_site.each_context(request), "title": _("New promotion"), "kinds": kinds,
                       "opts": self.model._meta}  # fmt: skip
            return TemplateResponse(request, "campaigns/hq/promotions/kinds.html", context)
        return super().add_view(request, form_url, self._live_at(extra_context, request.GET.get("kind", ""), None))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The editor of a draft knows where to ask for its sentence."""
        obj = self.get_object(request, object_id)
        is_draft = obj is not None and obj.state == PromotionState.DRAFT
        extra = self._live_at(extra_context, obj.kind, obj.pk) if obj is not None and is_draft else extra_context
        return super().change_view(request, object_id, form_url, extra)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new one begins now unless said otherwise."""
        return {"starts_at": timezone.localtime().replace(second=0, microsecond=0)}

    def _live_at(self, extra_context: Any, kind: str, pk: int | None) -> dict[str, Any]:
        address = reverse("admin:campaigns_promotion_live") + "?" + urlencode({"kind": kind, "of": pk or ""})
        return {**(extra_context or {}), "live_address": address, "live_at_once": pk is not None}

    def live(self, request: HttpRequest) -> HttpResponse:
        """What the form would make, in words and on its sample cart; what contradicts itself instead, if anything."""
        kind, of = request.GET.get("kind", ""), request.GET.get("of", "")
        if kind not in FORMS or request.method != "POST" or not self.has_run_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request)
        known = get_object_or_404(rows, pk=of) if of.isdecimal() else None
        typed = request.POST.copy()
        typed["name"] = typed.get("name") or UNNAMED
        form = self.get_form(request, known, change=known is not None)(typed, instance=known)
        trial = try_on(form.instance, form.sample_lines) if form.is_valid() else None
        labels = {name: field.label for name, field in form.fields.items()}
        problems = [(labels.get(name, ""), errors) for name, errors in form.errors.items()]
        context = {"trial": trial, "problems": problems}
        return TemplateResponse(request, "campaigns/hq/promotions/_trial.html", context)

    def save_model(self, request: HttpRequest, obj: Promotion, form: Any, change: bool) -> None:
        """All of a draft, through the verb."""
        promotions.save_draft(obj, by=request.user)

    @action(description=_("Publish"), permissions=["run"])
    def publish(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Let the chosen drafts hold."""
        self.run_verb(request, queryset, lambda one: promotions.publish(one, by=request.user), _("Published"))

    @action(description=_("End"), permissions=["run"])
    def end(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Stop the chosen ones now."""
        self.run_verb(request, queryset, lambda one: promotions.end(one, by=request.user), _("Ended"))

    @action(description=_("Copy as a draft"), permissions=["run"])
    def copy(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Make drafts of the chosen ones."""
        self.run_verb(request, queryset, lambda one: promotions.copy(one, by=request.user), _("Copied"))


def kind_of(request: HttpRequest, promotion: Promotion | None) -> str:
    """The kind that a page of the editor is for."""
    return promotion.kind if promotion is not None else request.GET.get("kind", PromotionKind.FULL_REDUCTION)


def _words_column(rows: QuerySet) -> Any:
    names = SimpleLazyObject(lambda: promotions.names_for(rows[:NAMED]))

    @admin.display(description=_("what it gives"))
    def in_words(promotion: Promotion) -> str:
        return promotions.sentence(promotion, names)

    return in_words


def _moment(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


@admin.register(PromotionSale)
class PromotionSaleAdmin(ReadOnlyAdmin):
    """Which orders got which promotion."""

    list_display = ("order", "promotion", "pieces", "off")
    list_filter = (("promotion", RelatedDropdownFilter),)
    list_select_related = ("order", "promotion")
    search_fields = ("order__order_no",)
    search_help_text = _("Order number")
