"""Tiers with their benefits, earning rules, products: what HQ configures about membership."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import display

from members.admin.benefits import BenefitInline
from members.models import Category, EarningRule, Product, Tier
from members.resources import ProductResource, TierResource
from stores.admin.base import HqAdmin, NoDeleteMixin, ReadOnlyAdmin, UnusedDeleteAdmin
from stores.admin.uploads import TableForm

LOOKS = {"plain": "info", "silver": "info", "gold": "warning"}


@admin.register(Tier)
class TierAdmin(NoDeleteMixin, ImportExportModelAdmin, HqAdmin):
    """The tiers, each with its purpose and benefits on one page."""

    resource_classes = (TierResource,)
    import_form_class = TableForm
    export_form_class = ExportForm
    list_display = ("badge", "threshold", "purpose", "benefits_given")
    search_fields = ("name", "code")
    inlines = (BenefitInline,)
    readonly_fields = ("needs",)
    fields = ("name", "code", "needs", "look", "purpose")

    @display(description=_("tier"), ordering="threshold", label=LOOKS)
    def badge(self, tier: Tier) -> tuple[str, str]:
        """The name in the look of the tier."""
        return tier.look, tier.name

    @admin.display(description=_("growth value needed"))
    def needs(self, tier: Tier) -> str:
        """What the rules in force say, and where they are changed."""
        shown = _("not in force yet") if tier.threshold is None else f"{tier.threshold:,}"
        link = reverse("admin:members_tierrules_changelist")
        return format_html('{} · <a class="text-primary-600" href="{}">{}</a>', shown, link, _("Tier rules"))

    @admin.display(description=_("benefits"))
    def benefits_given(self, tier: Tier) -> str:
        """The titles of the active benefits."""
        return " · ".join(benefit.title for benefit in tier.benefits.all() if benefit.is_active) or "—"

    def get_queryset(self, request):
        """With the benefits, so that a row needs no query of its own."""
        return super().get_queryset(request).prefetch_related("benefits")


@admin.register(EarningRule)
class EarningRuleAdmin(ReadOnlyAdmin):
    """When orders earn more; member days push these rules down."""

    list_display = ("title", "starts_at", "ends_at", "growth_factor", "points_factor", "source")
    search_fields = ("title__icontains", "source__startswith")


@admin.register(Category)
class CategoryAdmin(UnusedDeleteAdmin):
    """Groups of products."""

    list_display = ("name",)
    search_fields = ("name",)

    def is_used(self, obj: Category) -> bool:
        """Whether a product belongs to it."""
        return Product.objects.filter(category=obj).exists()


@admin.register(Product)
class ProductAdmin(NoDeleteMixin, ImportExportModelAdmin, HqAdmin):
    """What is sold."""

    resource_classes = (ProductResource,)
    import_form_class = TableForm
    export_form_class = ExportForm
    list_display = ("name", "sku", "category")
    list_filter = (("category", RelatedDropdownFilter),)
    list_select_related = ("category",)
    search_fields = ("name", "sku")
    autocomplete_fields = ("category",)
