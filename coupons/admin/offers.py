"""One-to-one offers, the quotas and budgets that bound them, and requests for more."""

from typing import Any

from django.contrib import admin
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import action

from coupons import storebudgets, topups
from coupons.models import GuideBudget, Offer, OfferQuota, StoreBudget, TopUp
from coupons.models.offer import LESS_THAN_USED, Budget
from stores.admin.base import HqAdmin, NoDeleteMixin, ReadOnlyAdmin
from stores.admin.filters import MomentFilter
from stores.errors import Refusal


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    """What guides sent to whom, and what became of it."""

    list_display = ("member", "guide", "store", "template", "channel", "state", "coupon", "created_at", "sent_at")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("store", RelatedDropdownFilter),
        ("template", RelatedDropdownFilter),
        ("created_at", MomentFilter),
    )
    list_select_related = ("member", "guide", "store", "template", "coupon")
    search_fields = ("member__code", "guide__name__startswith")
    search_help_text = _("Member code or guide's name")


class LimitAdmin(NoDeleteMixin, HqAdmin):
    """Limits of a month. What is used moves with the offers; limits are changed here and keep a history."""

    readonly_fields: tuple[str, ...] = ("used",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write the limit; one below what is used by now, also in this moment, is refused in words."""
        try:
            with transaction.atomic():
                super().save_model(request, obj, form, change)
        except IntegrityError:
            raise Refusal(LESS_THAN_USED, code="less_than_used") from None

    @admin.display(description=_("month"), ordering="month")
    def of_month(self, row: Budget | OfferQuota) -> str:
        """The month, without its first day."""
        return f"{row.month:%Y-%m}"

    @admin.display(description=_("used"), ordering="used")
    def spent(self, row: Budget | OfferQuota) -> str:
        """What was given."""
        return f"{row.used:,}".removesuffix(".00")

    @admin.display(description=_("limit"), ordering="limit")
    def at_most(self, row: Budget | OfferQuota) -> str:
        """What may be given in all."""
        return "∞" if row.limit is None else f"{row.limit:,}".removesuffix(".00")

    @admin.display(description=_("left"))
    def left(self, row: Budget | OfferQuota) -> str:
        """What may still be given."""
        return "∞" if row.limit is None else f"{row.limit - row.used:,}".removesuffix(".00")

    @admin.display(description=_("coupons left"))
    def coupons_left(self, row: Budget) -> str:
        """How many coupons may still be sent."""
        return "∞" if row.count_limit is None else str(row.count_limit - row.count_used)


@admin.register(OfferQuota)
class OfferQuotaAdmin(LimitAdmin):
    """How many of a coupon each guide may send in a month; the limit can be changed here."""

    list_display = ("guide", "template", "of_month", "spent", "at_most", "left")
    list_filter = (
        ("template", RelatedDropdownFilter),
        ("guide__store", RelatedDropdownFilter),
        ("month", RangeDateFilter),
    )
    list_select_related = ("guide", "template")
    search_fields = ("guide__name__startswith",)
    search_help_text = _("Guide's name")
    autocomplete_fields = ("guide", "template")


@admin.register(GuideBudget)
class GuideBudgetAdmin(LimitAdmin):
    """What each guide may give away in a month, in yuan and in coupons."""

    list_display = ("guide", "of_month", "spent", "at_most", "left", "count_used", "count_limit", "coupons_left")
    list_filter = (("guide__store", RelatedDropdownFilter), ("month", RangeDateFilter))
    list_select_related = ("guide",)
    search_fields = ("guide__name__startswith",)
    search_help_text = _("Guide's name")
    readonly_fields = ("used", "count_used")
    autocomplete_fields = ("guide",)


@admin.register(StoreBudget)
class StoreBudgetAdmin(LimitAdmin):
    """What the guides of a store may give away in a month, in yuan and in coupons."""

    list_display = ("store", "of_month", "spent", "at_most", "left", "count_used", "count_limit", "coupons_left")
    list_filter = (("store", RelatedDropdownFilter), ("month", RangeDateFilter))
    list_select_related = ("store",)
    readonly_fields = ("used", "count_used")
    autocomplete_fields = ("store",)
    list_before_template = "coupons/hq/region_budgets.html"

    class Media:
        css = {"all": ("hq/coupons.css",)}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, below what each region may still give this month."""
        regions = storebudgets.by_region(request.user) if request.method == "GET" else []
        whole = storebudgets.together(one.total for one in regions)
        return super().changelist_view(request, {**(extra_context or {}), "regions": regions, "whole": whole})


@admin.register(TopUp)
class TopUpAdmin(ReadOnlyAdmin):
    """What guides asked for and what was answered; headquarters may answer where nobody does."""

    list_display = (
        "guide",
        "store",
        "template",
        "of_store",
        "of_month",
        "count",
        "value",
        "state",
        "told",
        "decided_by",
        "created_at",
    )
    list_filter = (
        ("state", ChoicesDropdownFilter),
        "of_store",
        ("store", RelatedDropdownFilter),
        ("template", RelatedDropdownFilter),
        ("created_at", MomentFilter),
    )
    list_select_related = ("guide", "store", "template", "decided_by")
    search_fields = ("guide__name__startswith",)
    search_help_text = _("Guide's name")
    actions = ("agree", "agree_beyond", "turn_down")

    @admin.display(description=_("month"), ordering="month")
    def of_month(self, asked: TopUp) -> str:
        """The month that it is for."""
        return f"{asked.month:%Y-%m}"

    @admin.display(description=_("answer"))
    def told(self, asked: TopUp) -> str:
        """The reason that was given."""
        return topups.closing_words(asked) or "—"

    @action(description=_("Agree"), permissions=["answer"])
    def agree(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Raise the limits by what was asked, as far as the store's budget goes."""
        self.run_verb(request, queryset, lambda asked: topups.grant(asked, by=request.user), _("Answered"))

    @action(description=_("Agree, also beyond the store's budget"), permissions=["answer"])
    def agree_beyond(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Raise the limits by what was asked; the store's own budget is raised on its page."""

        def verb(asked: TopUp) -> None:
            topups.grant(asked, by=request.user, beyond_store=True)

        self.run_verb(request, queryset, verb, _("Answered"))

    @action(description=_("Do not agree"), permissions=["answer"])
    def turn_down(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Say no in the name of headquarters."""
        reason = _("Headquarters does not agree this month.")
        self.run_verb(
            request, queryset, lambda asked: topups.turn_down(asked, by=request.user, reason=reason), _("Answered")
        )

    def has_answer_permission(self, request: HttpRequest) -> bool:
        """Whoever may change budgets."""
        return request.user.has_perm("coupons.change_guidebudget")
