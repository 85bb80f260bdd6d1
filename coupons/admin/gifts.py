"""Gifts of tiers: which coupons they consist of, who was given which, and what could not be given."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from coupons import gifts, kinds
from coupons.models import GIFT_KINDS, GivenGift, TierGift
from members.benefitkinds import FOREVER, quota_text
from members.models import Benefit, Period
from stores.admin.base import ReadOnlyAdmin, UnusedDeleteAdmin
from stores.admin.filters import MomentFilter


class TierGiftForm(forms.ModelForm):
    """A benefit and the coupon it consists of."""

    class Meta:
        model = TierGift
        fields = ("benefit", "template", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        benefit = self.fields["benefit"]
        benefit.queryset = Benefit.objects.filter(kind__in=GIFT_KINDS).select_related("tier")
        benefit.label_from_instance = lambda row: f"{row.tier} · {row.get_kind_display()} · {row.title}"

    def clean(self) -> dict[str, Any]:
        """A coupon that the tier could not use is no gift."""
        data = super().clean()
        benefit, template = data.get("benefit"), data.get("template")
        bound = template.terms.tier_ids if template and template.terms else []
        if benefit and bound and benefit.tier_id not in bound:
            self.add_error("template", _("This coupon is not for members of %(tier)s.") % {"tier": benefit.tier})
        return data


@admin.register(TierGift)
class TierGiftAdmin(UnusedDeleteAdmin):
    """Which coupon a birthday or a new tier brings. What was given stays; switch off what is to end."""

    form = TierGiftForm
    list_display = ("tier", "occasion", "how_often", "template", "in_words", "is_active")
    list_filter = (("benefit__tier", RelatedDropdownFilter), ("benefit__kind", ChoicesDropdownFilter), "is_active")
    list_select_related = ("benefit__tier", "template__terms")
    autocomplete_fields = ("template",)

    @admin.display(description=_("tier"))
    def tier(self, gift: TierGift) -> str:
        """Whose gift it is."""
        return gift.benefit.tier.name

    @admin.display(description=_("occasion"))
    def occasion(self, gift: TierGift) -> str:
        """Birthday or upgrade."""
        return gift.benefit.get_kind_display()

    @admin.display(description=_("how often"))
    def how_often(self, gift: TierGift) -> str:
        """The quota of the benefit in words."""
        return quota_text(gift.benefit)

    @admin.display(description=_("terms"))
    def in_words(self, gift: TierGift) -> str:
        """What the coupon gives."""
        return kinds.offer_text(gift.template.terms) if gift.template.terms else "—"

    def get_readonly_fields(self, request: HttpRequest, obj: TierGift | None = None) -> tuple[str, ...]:
        """The occasion of a gift that was given stays what it was."""
        return ("benefit",) if obj and self.is_used(obj) else ()

    def is_used(self, obj: TierGift) -> bool:
        """Whether somebody was due it."""
        return GivenGift.objects.filter(gift=obj).exists()


class NotGivenFilter(admin.SimpleListFilter):
    """Given, or why not."""

    title = _("why not given")
    parameter_name = "why"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Any reason, or each of them."""
        return [("any", _("Not given")), *gifts.WHY_NOT.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The gifts that were not given, for this reason."""
        if self.value() == "any":
            return queryset.exclude(refusal="")
        return queryset.filter(refusal=self.value()) if self.value() else queryset


@admin.register(GivenGift)
class GivenGiftAdmin(ReadOnlyAdmin):
    """Every gift that was due: with its coupon, or with the reason why it was not given."""

    list_display = ("member", "tier", "gift", "which", "outcome", "coupon", "due_at")
    list_filter = (NotGivenFilter, ("gift", RelatedDropdownFilter), ("due_at", MomentFilter))
    list_select_related = ("member", "gift__benefit__tier", "gift__template", "coupon")
    search_fields = ("member__code", "coupon__code")
    search_help_text = _("Member code or coupon code")
    actions = ("give",)

    @admin.display(description=_("tier"))
    def tier(self, given: GivenGift) -> str:
        """Whose gift it is."""
        return given.gift.benefit.tier.name

    @admin.display(description=_("period"))
    def which(self, given: GivenGift) -> str:
        """The year or month it counts for, nothing for what is given once."""
        if given.period == FOREVER:
            return "—"
        return f"{given.period:%Y-%m}" if given.gift.benefit.period == Period.MONTH else f"{given.period:%Y}"

    @display(description=_("outcome"), label={True: "success", False: "warning"})
    def outcome(self, given: GivenGift) -> tuple[bool, str]:
        """Given, or why not."""
        return not given.refusal, str(gifts.WHY_NOT.get(given.refusal, given.refusal) if given.refusal else _("given"))

    @action(description=_("Give it now"), permissions=["give"])
    def give(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Give what could not be given, now that there is more or the coupon is issued again."""
        self.run_verb(request, queryset, lambda given: gifts.give_again(given, by=request.user), _("Given"))

    def has_give_permission(self, request: HttpRequest) -> bool:
        """Whoever may say what the gifts are."""
        return request.user.has_perm("coupons.change_tiergift")
