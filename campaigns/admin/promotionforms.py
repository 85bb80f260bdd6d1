"""The form of a promotion: what is the same for every kind. Contradictions stand beside their field."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSingleTimeWidget,
)

from campaigns.admin.listfields import ListField
from campaigns.admin.rowfields import RowsField, count_column, money_column, text_column
from campaigns.models import Beside, Promotion
from campaigns.promotions import contradictions
from campaigns.promotions.sampling import SampleLine, sample_cart
from members.models import Category, Tier
from stores.models import Store

WEEKDAYS = (
    (1, _("Monday")), (2, _("Tuesday")), (3, _("Wednesday")), (4, _("Thursday")), (5, _("Friday")),
    (6, _("Saturday")), (7, _("Sunday")),
)  # fmt: skip
OWN = (
    *("name", "starts_at", "ends_at", "member_day", "members_only", "stack_group", "stock", "member_limit"),
    "cost_owner",
)
SCOPES = {
    "stores": "store_ids", "excluded_stores": "excluded_store_ids", "tiers": "tier_ids", "categories": "category_ids"
}  # fmt: skip
PLAIN = ("weekdays", "hour_from", "hour_until", "channels", "skus", "excludes")


def _choice_of(label: Any, model: Any, **kwargs: Any) -> forms.ModelMultipleChoiceField:
    return forms.ModelMultipleChoiceField(
        label=label, queryset=model.objects.all(), required=False, widget=UnfoldAdminSelect2MultipleWidget, **kwargs
    )


class PromotionForm(forms.ModelForm):
    """What every promotion has. A form for each kind adds what that gives (campaigns.admin.promotionkinds)."""

    kind: ClassVar[str] = ""
    given: ClassVar[tuple[Any, ...]] = ()  # rows of the fieldset with the kind's own fields
    kept: ClassVar[tuple[str, ...]] = ()  # those of them that the promotion keeps as they are

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), choices=WEEKDAYS, coerce=int, required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget, help_text=_("None chosen means every day."),
    )  # fmt: skip
    hour_from = forms.TimeField(label=_("From the hour"), required=False, widget=UnfoldAdminSingleTimeWidget)
    hour_until = forms.TimeField(label=_("Until the hour"), required=False, widget=UnfoldAdminSingleTimeWidget)
    stores = _choice_of(_("Stores"), Store, help_text=_("None chosen means all."))
    excluded_stores = _choice_of(_("Not in these stores"), Store)
    tiers = _choice_of(_("Tiers"), Tier, help_text=_("None chosen means everybody."))
    categories = _choice_of(_("Categories"), Category)
    channels = ListField(
        label=_("Channels"), help_text=_("As tills name them, such as pos; commas between. Nothing means all.")
    )
    skus = ListField(label=_("Products (SKU)"), help_text=_("Paste them, or write commas between. Nothing means all."))
    excludes = forms.MultipleChoiceField(
        label=_("Not together with"), choices=Beside.choices, required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )  # fmt: skip
    sample = RowsField(
        [text_column("sku", "SKU"), count_column("quantity", _("pieces"), most=99), money_column("price", _("price"))],
        label=_("Sample cart"), help_text=_("Only to try it out; it is not saved."),
    )  # fmt: skip

    class Meta:
        model = Promotion
        fields = OWN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        promotion = self.instance
        promotion.kind = promotion.kind or self.kind
        self.initial |= {name: getattr(promotion, name) for name in PLAIN}
        self.initial |= {field: getattr(promotion, column) for field, column in SCOPES.items()}
        self.initial["sample"] = [vars(line) for line in sample_cart(promotion if promotion.pk else None)]
        if promotion.pk:
            self.initial |= self.shown(promotion.params)

    def shown(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The params of a saved promotion as this form's fields show them."""
        return {name: params.get(name) for name in self.base_fields if name in params}

    def params(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What the kind's fields say, as the promotion keeps it. ``data`` are cleaned values."""
        return texts({name: data.get(name) for name in self.kept})

    def clean(self) -> dict[str, Any]:
        """Put everything on the promotion and set each contradiction beside its field."""
        data = super().clean()
        if self.errors:
            return data
        promotion = self.instance
        promotion.kind, promotion.params = self.kind, self.params(data)
        for field, column in SCOPES.items():
            setattr(promotion, column, sorted(row.pk for row in data.get(field) or ()))
        for name in PLAIN:
            value = data.get(name)
            data[name] = sorted(set(value)) if isinstance(value, list | tuple) else value
            setattr(promotion, name, data[name])
        for name in OWN:
            if name in data:
                setattr(promotion, name, data[name])
        columns = {column: field for field, column in SCOPES.items()}
        for name, sentence in contradictions(promotion):
            field = columns.get(name, name)
            self.add_error(field if field in self.fields else None, sentence)
        return data

    @property
    def sample_lines(self) -> list[SampleLine]:
        """The cart to try it on."""
        return [SampleLine(**row) for row in self.cleaned_data.get("sample") or ()]


def texts(value: Any) -> Any:
    """Values of a form as JSON keeps them: money as text, the rest as it is."""
    if isinstance(value, list):
        return [texts(part) for part in value]
    if isinstance(value, dict):
        return {name: texts(part) for name, part in value.items()}
    return str(value) if hasattr(value, "quantize") else value
