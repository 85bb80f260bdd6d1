"""Benefits: the catalogue with quotas, and the log of uses, which can be exported and taken back."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import action, display

from members import benefits
from members.benefitkinds import REGISTRY, quota_text, type_of
from members.models import Benefit, BenefitUse
from members.resources import BenefitUseResource
from stores.admin.base import ReadOnlyAdmin, UnusedDeleteAdmin
from stores.admin.filters import MomentFilter

EXPORTED = 50_000  # rows of one file, the latest first


class BenefitForm(forms.ModelForm):
    """One benefit; what contradicts itself is said beside its field, and what was used keeps its tier and kind."""

    class Meta:
        model = Benefit
        fields = ("tier", "kind", "title", "value", "quota", "period", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        meanings = [f"{kind.key.label}: {kind.value_name}" for kind in REGISTRY.values() if kind.value_name]
        self.fields["value"].help_text = " · ".join(meanings)

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.errors:
            return
        for field, sentence in type_of(self.instance).problems(self.instance):
            self.add_error(field, sentence)
        if {"tier", "kind"} & set(self.changed_data) and was_used(self.instance):
            self.add_error("kind", _("It has been used already: make a new one and switch this one off."))


class BenefitInline(TabularInline):
    """What the tier gives."""

    model = Benefit
    form = BenefitForm
    extra = 0
    fields = ("kind", "title", "value", "quota", "period", "is_active")


@admin.register(Benefit)
class BenefitAdmin(UnusedDeleteAdmin):
    """All benefits of all tiers: what each gives, how often, and whether somebody records its use."""

    form = BenefitForm
    list_display = ("title", "tier", "kind", "meaning", "how_often", "how_recorded", "is_active")
    list_filter = (("tier", RelatedDropdownFilter), ("kind", ChoicesDropdownFilter), "is_active")
    list_select_related = ("tier",)
    search_fields = ("title",)

    @admin.display(description=_("what it gives"))
    def meaning(self, benefit: Benefit) -> str:
        """The kind and value in words."""
        return type_of(benefit).sentence(benefit)

    @admin.display(description=_("how often"))
    def how_often(self, benefit: Benefit) -> str:
        """The quota in words."""
        return quota_text(benefit) or str(_("No limit"))

    @admin.display(description=_("recorded"))
    def how_recorded(self, benefit: Benefit) -> str:
        """Who writes a use down."""
        return str(RECORDED[type_of(benefit).recorded])

    def is_used(self, obj: Benefit) -> bool:
        """Whether a member has used it."""
        return was_used(obj)


WHERE_FROM = {"tap": _("in the store"), "gift": _("given as a coupon")}
RECORDED = {"itself": _("works by itself"), "hand": _("by staff or partners"), "till": _("by the till")}


@admin.register(BenefitUse)
class BenefitUseAdmin(ExportMixin, ReadOnlyAdmin):
    """Who used what, when, where and what for."""

    when_empty = _("No benefit was used yet. Uses arrive from tills, the workbench and gifts given by the system.")
    resource_classes = (BenefitUseResource,)
    export_form_class = ExportForm
    list_display = ("used_at", "member", "benefit", "tier", "store", "made_by", "used_for", "standing")
    list_filter = (
        ("benefit__kind", ChoicesDropdownFilter),
        ("benefit__tier", RelatedDropdownFilter),
        ("store", RelatedDropdownFilter),
        ("used_at", MomentFilter),
        ("taken_back_at", EmptyFieldListFilter),
    )
    list_select_related = ("member", "benefit__tier", "store", "made_by")
    search_fields = ("member__code", "reference")
    search_help_text = _("Member code, or what it was used for")
    actions = ("take_back",)

    @admin.display(description=_("tier"))
    def tier(self, use: BenefitUse) -> str:
        """The tier that gave it."""
        return use.benefit.tier.name

    @admin.display(description=_("used for"))
    def used_for(self, use: BenefitUse) -> str:
        """What a person understands: the partner's own number, or that staff or the machine did it."""
        origin, _colon, rest = use.reference.partition(":")
        return str(WHERE_FROM.get(origin, rest or use.reference))

    @display(description=_("state"), label={True: "success", False: "danger"})
    def standing(self, use: BenefitUse) -> tuple[bool, str]:
        """Whether it counts."""
        counts = use.taken_back_at is None
        return counts, str(_("counts") if counts else _("taken back"))

    def get_export_queryset(self, request: HttpRequest) -> QuerySet:
        """The latest uses that the filters leave."""
        return super().get_export_queryset(request)[:EXPORTED]

    @action(description=_("Take back"), permissions=["take_back"])
    def take_back(self, request: HttpRequest, queryset: QuerySet) -> None:
        """These uses count no more."""
        self.run_verb(request, queryset, lambda use: benefits.take_back(use, by=request.user), _("Taken back"))

    def has_take_back_permission(self, request: HttpRequest) -> bool:
        """Whoever looks after tiers and benefits."""
        return request.user.has_perm("members.change_benefituse")


def was_used(benefit: Benefit) -> bool:
    """Whether a use hangs on the benefit."""
    return benefit.pk is not None and BenefitUse.objects.filter(benefit=benefit).exists()
