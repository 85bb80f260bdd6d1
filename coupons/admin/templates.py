"""Coupon templates in the admin: edited with their terms, published, stopped, issued in bulk."""

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import action, display

from coupons import catalogue, kinds
from coupons.admin.forms import TemplateForm
from coupons.models import CouponTemplate, CouponTerms, TemplateState
from coupons.resources import TemplateResource
from stores.admin.base import HqAdmin, LookOnlyInline, NoDeleteMixin

LABELS = {TemplateState.DRAFT: "info", TemplateState.ACTIVE: "success", TemplateState.STOPPED: "warning"}


class VersionsInline(LookOnlyInline):
    """Every version of the terms, so that HQ can see what older coupons were issued with."""

    model = CouponTerms
    fk_name = "template"
    tab = True
    fields = ("version", "in_words", "created_at")

    @admin.display(description=_("terms"))
    def in_words(self, terms: CouponTerms) -> str:
        """The terms in one sentence."""
        return kinds.sentence(terms)


@admin.register(CouponTemplate)
class CouponTemplateAdmin(NoDeleteMixin, ExportMixin, HqAdmin):
    """What the chain gives away, and how much of it is gone."""

    form = TemplateForm
    resource_classes = (TemplateResource,)
    export_form_class = ExportForm
    list_display = ("name", "in_words", "shown_state", "gone", "spent", "open_to_guides", "points_price", "updated_at")
    list_filter = (("state", ChoicesDropdownFilter), "open_to_guides", ("points_price", EmptyFieldListFilter))
    list_select_related = ("terms",)
    search_fields = ("name",)
    inlines = (VersionsInline,)
    actions = ("publish", "stop")
    readonly_fields = ("in_words", "shown_state", "gone", "spent")
    fieldsets = (
        (None, {"fields": (("name", "kind"), ("threshold", "amount_off"), ("percent", "cap"),
                           ("gift_name", "gift_value"))}),
        (_("How long"), {"fields": (("valid_from", "valid_until"), ("start_after_days", "valid_days"), "weekdays",
                                    ("hour_from", "hour_until"))}),
        (_("Where and for whom"), {"classes": ("tab",), "fields": ("stores", "tiers", "categories", "skus",
                                                                   "stack_group")}),
        (_("How many"), {"classes": ("tab",), "fields": (("stock", "member_limit"), ("budget", "cost_owner"),
                                                         ("open_to_guides", "guide_month_quota"), "points_price")}),
    )  # fmt: skip

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

    def save_model(self, request: HttpRequest, obj: CouponTemplate, form: TemplateForm, change: bool) -> None:
        """Create or change through the verbs; changed terms become a new version."""
        if not change:
            made = catalogue.create_template(**form.head, terms=form.draft, by=request.user)
            obj.pk, obj.terms = made.pk, made.terms
            return
        catalogue.change_template(obj, by=request.user, **form.head)
        if form.terms_changed:
            catalogue.revise_terms(obj, form.draft, by=request.user)

    @action(description=_("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Let coupons be issued."""
        self.run_verb(request, queryset, lambda row: catalogue.publish(row, by=request.user), _("Published"))

    @action(description=_("Stop issuing"), permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Issue no more; what is in wallets stays good."""
        self.run_verb(request, queryset, lambda row: catalogue.stop(row, by=request.user), _("Stopped"))
