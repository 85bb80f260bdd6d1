"""Coupon templates in the admin: an editor that shows the coupon while somebody types; published, approved, stopped."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import EmptyFieldListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from import_export.admin import ExportMixin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import action, display

from coupons import catalogue, kinds
from coupons.admin.forms import TemplateForm
from coupons.admin.resultpages import ResultPages
from coupons.admin.templatepages import TemplatePages
from coupons.models import CouponTemplate, TemplateState
from coupons.outlook import outlook_of
from coupons.resources import TemplateResource
from stores.admin.base import NoDeleteMixin

LABELS = {
    TemplateState.DRAFT: "info",
    TemplateState.PENDING: "danger",
    TemplateState.ACTIVE: "success",
    TemplateState.STOPPED: "warning",
}


@admin.register(CouponTemplate)
class CouponTemplateAdmin(NoDeleteMixin, ExportMixin, TemplatePages, ResultPages):
    """What the chain gives away, and how much of it is gone."""

    form = TemplateForm
    resource_classes = (TemplateResource,)
    export_form_class = ExportForm
    list_display = ("name", "in_words", "shown_state", "gone", "spent", "results", "points_price", "updated_at")
    list_filter = (
        ("state", ChoicesDropdownFilter), ("terms__kind", ChoicesDropdownFilter), "open_to_guides",
        ("points_price", EmptyFieldListFilter),
    )  # fmt: skip
    list_select_related = ("terms",)
    search_fields = ("name",)
    actions = ("publish", "stop")
    change_form_before_template = "coupons/hq/templates/_live.html"
    change_form_after_template = "coupons/hq/templates/_below.html"
    fieldsets = (
        (None, {"fields": (("name", "kind"), "threshold", "amount_off", "percent", "fixed_price", "cap",
                           ("gift_name", "gift_value"))}),
        (_("How long"), {"fields": (("valid_from", "valid_until"), ("start_after_days", "valid_days"), "weekdays",
                                    ("hour_from", "hour_until"))}),
        (_("Where and for whom"), {"classes": ("tab",), "fields": ("stores", "channels", "tiers", "categories", "skus",
                                                                   "stack_group")}),
        (_("How many"), {"classes": ("tab",), "fields": ("stock", "member_limit",
                                                         ("member_period_limit", "member_period"),
                                                         ("budget", "cost_owner"),
                                                         ("open_to_guides", "guide_month_quota"),
                                                         ("open_to_sharing", "points_price"))}),
    )  # fmt: skip

    class Media:
        css = {"all": ("hq/coupons.css",)}
        js = ("hq/coupons.js",)

    @admin.display(description=_("terms"))
    def in_words(self, template: CouponTemplate) -> str:
        """The terms in one sentence."""
        return kinds.sentence(template.terms) if template.terms else "—"

    @display(description=_("state"), label=LABELS)
    def shown_state(self, template: CouponTemplate) -> tuple[str, str]:
        """The state as a coloured label."""
        return template.state, template.get_state_display()

    @admin.display(description=_("issued"))
    def gone(self, template: CouponTemplate) -> str:
        """Issued of stock."""
        return f"{template.issued:,} / {'∞' if template.stock is None else f'{template.stock:,}'}"

    @admin.display(description=_("budget used"))
    def spent(self, template: CouponTemplate) -> str:
        """Yuan of budget."""
        return "—" if template.budget is None else f"¥{template.budget_used:,} / ¥{template.budget:,}"

    @admin.display(description=_("results"))
    def results(self, template: CouponTemplate) -> str:
        """The way to what it brought about."""
        address = reverse("admin:coupons_coupontemplate_results", args=[template.pk])
        return format_html('<a class="cpt-link" href="{}">{}</a>', address, pgettext("coupons", "Results"))

    def get_urls(self) -> list[URLPattern]:
        """With the address that the editor asks while somebody types."""
        address = path("live/", self.admin_site.admin_view(self.live), name="coupons_coupontemplate_live")
        return [address, *super().get_urls()]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The editor knows where to ask for its preview, and which fields each kind has."""
        known = self.get_object(request, object_id) if object_id else None
        extra = {
            "live_address": reverse("admin:coupons_coupontemplate_live") + "?" + urlencode({"of": object_id or ""}),
            "kind_fields": {key: list(kind.fields) for key, kind in kinds.REGISTRY.items()},
            "template": known,
            "waits": known is not None and known.state == TemplateState.PENDING,
        }
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def live(self, request: HttpRequest) -> HttpResponse:
        """The coupon that the form would make, or what is missing and what contradicts itself. Saves nothing."""
        if request.method != "POST" or not self.has_run_permission(request):
            raise PermissionDenied
        of = request.GET.get("of", "")
        known = get_object_or_404(self.get_queryset(request), pk=of) if of.isdecimal() else None
        form = TemplateForm(request.POST, instance=known)
        outlook = outlook_of(form.unsaved) if form.is_valid() else None
        said = [(name, field.label, form.errors.get(name, ())) for name, field in form.fields.items()]
        context = {
            "outlook": outlook,
            "said": said,
            "problems": [(label, errors) for _name, label, errors in said if errors],
            "others": form.non_field_errors(),
        }
        return TemplateResponse(request, "coupons/hq/templates/_preview.html", context)

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Whoever may enter templates."""
        return request.user.has_perm("coupons.change_coupontemplate")

    def save_model(self, request: HttpRequest, obj: CouponTemplate, form: TemplateForm, change: bool) -> None:
        """Create or change through the verbs; changed terms become a new version."""
        if not change:
            made = catalogue.create_template(**form.head, terms=form.draft, by=request.user)
            obj.pk, obj.terms = made.pk, made.terms
            return
        before = CouponTemplate.objects.get(pk=obj.pk).state
        terms = form.draft if form.terms_changed else None
        changes = {name: value for name, value in form.head.items() if name in form.changed_data}
        if changes or terms:
            catalogue.change_template(obj, by=request.user, terms=terms, **changes)
        self._tell(request, before, obj.state)

    def _tell(self, request: HttpRequest, before: str, now: str) -> None:
        """Say what the change did to the state."""
        if before == now:
            return
        if now == TemplateState.PENDING:
            told = _("It may give away more than was approved: nothing more is issued until somebody else approves.")
        else:
            told = _("It was waiting for approval. With the change it is a draft again: publish it once more.")
        self.message_user(request, told, messages.WARNING)

    @action(description=_("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Let coupons be issued, or above the limit ask a second person."""
        waiting: list[str] = []

        def let_go(row: CouponTemplate) -> None:
            if catalogue.publish(row, by=request.user).state == TemplateState.PENDING:
                waiting.append(row.name)

        self.run_verb(request, queryset, let_go, _("Done"))
        for name in waiting:
            told = _("%(name)s may give away so much that somebody else approves it first.") % {"name": name}
            self.message_user(request, told, messages.WARNING)

    @action(description=_("Stop issuing"), permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Issue no more; what is in wallets stays good."""
        self.run_verb(request, queryset, lambda row: catalogue.stop(row, by=request.user), _("Stopped"))
