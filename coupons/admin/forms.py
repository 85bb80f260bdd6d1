"""The form of a coupon template: the head and its current terms on one page, contradictions beside their field."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.forms.widgets import ArrayWidget
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextInputWidget,
)

from coupons.catalogue import HEAD_FIELDS
from coupons.drafts import TermsDraft, contradictions, to_terms
from coupons.models import CouponKind, CouponTemplate, CouponTerms
from members.models import Category, Tier
from stores.models import Store

WEEKDAYS = (
    (1, _("Monday")), (2, _("Tuesday")), (3, _("Wednesday")), (4, _("Thursday")), (5, _("Friday")),
    (6, _("Saturday")), (7, _("Sunday")),
)  # fmt: skip
TERMS = tuple(field.name for field in fields(TermsDraft))


def _amount(label: Any, **kwargs: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_digits=10, decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget, **kwargs,
    )  # fmt: skip


def _choice_of(label: Any, model: Any) -> forms.ModelMultipleChoiceField:
    return forms.ModelMultipleChoiceField(
        label=label, queryset=model.objects.all(), required=False, widget=UnfoldAdminSelect2MultipleWidget
    )


class TemplateForm(forms.ModelForm):
    """What HQ decides about a coupon. Changed terms become a new version; issued coupons keep theirs."""

    kind = forms.ChoiceField(label=_("Kind"), choices=CouponKind.choices, widget=UnfoldAdminSelectWidget)
    threshold = _amount(_("From an amount of"), initial=0)
    amount_off = _amount(_("Amount off"))
    percent = _amount(_("Percent paid"), help_text=_("85 means that the member pays 85 %."))
    cap = _amount(_("At most off"))
    fixed_price = _amount(_("Price with the coupon"), help_text=_("What one piece of the chosen products costs."))
    gift_name = forms.CharField(label=_("Gift"), required=False, max_length=80, widget=UnfoldAdminTextInputWidget)
    gift_value = _amount(_("Value of the gift"))
    valid_from = forms.DateField(label=_("Valid from"), required=False, widget=UnfoldAdminSingleDateWidget)
    valid_until = forms.DateField(
        label=_("Valid until"), required=False, widget=UnfoldAdminSingleDateWidget, help_text=_("Includes that day.")
    )
    start_after_days = forms.IntegerField(
        label=_("Starts after days"), required=False, min_value=0, widget=UnfoldAdminIntegerFieldWidget
    )
    valid_days = forms.IntegerField(
        label=_("Lasts days"), required=False, min_value=1, widget=UnfoldAdminIntegerFieldWidget
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), choices=WEEKDAYS, coerce=int, required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget, help_text=_("None chosen means every day."),
    )  # fmt: skip
    hour_from = forms.TimeField(label=_("From the hour"), required=False, widget=UnfoldAdminSingleTimeWidget)
    hour_until = forms.TimeField(label=_("Until the hour"), required=False, widget=UnfoldAdminSingleTimeWidget)
    stores = _choice_of(_("Stores"), Store)
    tiers = _choice_of(_("Tiers"), Tier)
    categories = _choice_of(_("Categories"), Category)
    skus = forms.Field(label=_("Products (SKU)"), required=False, widget=ArrayWidget)
    channels = forms.Field(label=_("Channels"), required=False, widget=ArrayWidget)
    stack_group = forms.CharField(
        label=_("Stack group"), required=False, max_length=30, widget=UnfoldAdminTextInputWidget,
        help_text=_("Coupons of one group do not go together."),
    )  # fmt: skip

    class Meta:
        model = CouponTemplate
        fields = HEAD_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = self.instance.terms if self.instance.pk else None
        if terms:
            self.initial = self.initial | _initial(terms)
        for name, field in self.fields.items():  # where the live preview puts what is wrong with it
            field.help_text = format_html('{} <span class="cpt-say" id="say-{}"></span>', field.help_text, name)

    def clean(self) -> dict[str, Any]:
        """Set each contradiction of the terms beside its field."""
        data = super().clean()
        if (data.get("member_period_limit") is None) != (not data.get("member_period")):
            self.add_error("member_period_limit", _("A limit per period needs both: how many, and the period."))
        if not self.errors:
            self.draft = _draft(data)
            for field, sentence in contradictions(self.draft):
                self.add_error(field if field in self.fields else None, sentence)
        return data

    @property
    def unsaved(self) -> CouponTemplate:
        """What the valid form would make; not saved."""
        template = CouponTemplate(**self.head)
        template.terms = to_terms(self.draft)
        return template

    @property
    def terms_changed(self) -> bool:
        """Whether anything but the head was changed."""
        return bool(set(self.changed_data) - set(HEAD_FIELDS))

    @property
    def head(self) -> dict[str, Any]:
        """The fields outside the terms."""
        return {name: self.cleaned_data[name] for name in HEAD_FIELDS}


def _initial(terms: CouponTerms) -> dict[str, Any]:
    """The current terms as the form shows them; an exclusive midnight is shown as the day before."""
    values = {name: getattr(terms, name) for name in TERMS}
    last = terms.valid_until and timezone.localtime(terms.valid_until - timedelta(microseconds=1)).date()
    first = terms.valid_from and timezone.localtime(terms.valid_from).date()
    scopes = {"stores": terms.store_ids, "tiers": terms.tier_ids, "categories": terms.category_ids}
    return values | scopes | {"valid_from": first, "valid_until": last}


def _draft(data: dict[str, Any]) -> TermsDraft:
    scopes = {
        "store_ids": [store.pk for store in data["stores"]],
        "tier_ids": [tier.pk for tier in data["tiers"]],
        "category_ids": [category.pk for category in data["categories"]],
        "skus": [sku for sku in data["skus"] or () if sku],
        "channels": [channel for channel in data["channels"] or () if channel],
    }
    plain = {name: data[name] for name in TERMS if name in data and name not in scopes}
    for name in ("threshold", "start_after_days"):
        plain[name] = plain[name] or 0
    return TermsDraft(**plain | scopes)
