"""What the form of each kind of promotion adds. A new kind is a class here and a line in ``FORMS``."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldBooleanSwitchWidget,
)

from campaigns.admin.listfields import parts_of
from campaigns.admin.promotionforms import PromotionForm, texts
from campaigns.admin.rowfields import Column, RowsField, count_column, money_column, text_column
from campaigns.models import PromotionKind
from members.models import Category, Tier


def _money(label: Any, **kwargs: Any) -> forms.DecimalField:
    kwargs.setdefault("required", False)
    figures = {"min_value": Decimal(0), "max_digits": 9, "decimal_places": 2}
    return forms.DecimalField(label=label, widget=UnfoldAdminDecimalFieldWidget, **figures, **kwargs)


def _count(label: Any, **kwargs: Any) -> forms.IntegerField:
    kwargs.setdefault("required", False)
    return forms.IntegerField(label=label, min_value=1, widget=UnfoldAdminIntegerFieldWidget, **kwargs)


def _switch(label: Any, **kwargs: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanSwitchWidget, **kwargs)


class FullReductionForm(PromotionForm):
    """Steps, or one step that repeats."""

    kind = PromotionKind.FULL_REDUCTION
    given = ("steps", ("repeats", "most"))
    kept = ("steps", "repeats", "most")
    steps = RowsField([money_column("from", _("from ¥")), money_column("off", _("¥ off"))], label=_("Steps"))
    repeats = _switch(_("Again for each full amount"))
    most = _money(_("At most off"), help_text=_("Only for a step that repeats."))


class NthItemForm(PromotionForm):
    """Which piece, and what is still paid for it."""

    kind = PromotionKind.NTH_ITEM
    given = (("nth", "paid"), ("same_item", "most"))
    kept = ("nth", "paid", "same_item", "most")
    nth = _count(_("Every so many pieces"), required=True, initial=2)
    paid = _money(_("Percent paid"), required=True, initial=50, help_text=_("50 is half its price, 0 is free."))
    same_item = _switch(_("All of one product"), initial=True)
    most = _count(_("At most so often on a bill"))


def _categories() -> list[tuple[Any, Any]]:
    return [("", "—"), *Category.objects.values_list("pk", "name")]


class BundleForm(PromotionForm):
    """Parts by products or category, and one price."""

    kind = PromotionKind.BUNDLE
    given = ("parts", ("price", "most"))
    parts = RowsField(
        [
            count_column("count", _("pieces"), most=20),
            text_column("skus", _("products (SKU), with commas between"), required=False),
            Column("category", _("or category"), forms.TypedChoiceField(
                choices=_categories, coerce=int, empty_value=None, required=False)),
        ],
        label=_("Parts"),
    )  # fmt: skip
    price = _money(_("All together"), required=True)
    most = _count(_("At most so often on a bill"))

    def params(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Parts with lists of products, price, how often."""
        parts = [row | {"skus": parts_of(row["skus"])} for row in data["parts"]]
        return texts({"parts": parts, "price": data["price"], "most": data.get("most")})

    def shown(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Products of a part in one text."""
        parts = [row | {"skus": ", ".join(row.get("skus") or ())} for row in params.get("parts", ())]
        return super().shown(params) | {"parts": parts}


class FlashPriceForm(PromotionForm):
    """Products and their prices."""

    kind = PromotionKind.FLASH_PRICE
    given = ("prices", ("stock", "member_limit"))
    prices = RowsField([text_column("sku", "SKU"), money_column("price", _("price"))], label=_("Flash prices"))

    def params(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Pairs of product and price."""
        return texts({"prices": [row | {"sku": row["sku"].strip()} for row in data["prices"]]})


def _tiers() -> list[tuple[Any, Any]]:
    return list(Tier.objects.values_list("pk", "name"))


class TierPercentForm(PromotionForm):
    """A percentage for each tier."""

    kind = PromotionKind.TIER_PERCENT
    given = ("percents", ("from", "most"))
    kept = ("percents", "from", "most")
    percents = RowsField(
        [
            Column("tier", _("tier"), forms.TypedChoiceField(choices=lambda: [("", "—"), *_tiers()], coerce=int)),
            money_column("paid", _("percent paid")),
        ],
        label=_("Percentages"), help_text=_("85 means that the member pays 85 %."),
    )  # fmt: skip
    most = _money(_("At most off"))


class GiftForm(PromotionForm):
    """Gifts and what earns them."""

    kind = PromotionKind.GIFT
    given = ("gifts", ("from", "pieces"), ("repeats", "most"), ("stock", "member_limit"))
    kept = ("gifts", "from", "pieces", "repeats", "most")
    gifts = RowsField(
        [
            text_column("name", _("gift")),
            text_column("sku", _("SKU, to count it"), required=False, wide=False),
            money_column("value", _("worth ¥"), required=False),
            count_column("quantity", _("pieces"), most=99),
        ],
        label=_("Gifts"),
    )
    pieces = _count(_("From so many pieces"))
    repeats = _switch(_("Again for each full amount"))
    most = _count(_("At most so often on a bill"), help_text=_("Only for gifts that repeat."))


# "from" is a word of the language; as a field it can only be added afterwards.
for _form in (TierPercentForm, GiftForm):
    _form.base_fields["from"] = _form.declared_fields["from"] = _money(_("From an amount of"))


FORMS: Mapping[str, type[PromotionForm]] = {
    form.kind: form for form in (FullReductionForm, NthItemForm, BundleForm, FlashPriceForm, TierPercentForm, GiftForm)
}
