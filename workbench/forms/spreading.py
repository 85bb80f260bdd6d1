"""The forms of store groups and share links."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from coupons.models import CouponTemplate
from members.models import Product

LARGEST = 2**63 - 1


class GroupForm(forms.Form):
    """A group's name, where it is in WeCom, and how many fit in."""

    name = forms.CharField(max_length=60, strip=True)
    address = forms.URLField(max_length=300, required=False, assume_scheme="https")
    most = forms.IntegerField(min_value=1, max_value=2000, required=False)


class MomentField(forms.DateTimeField):
    """A moment as the browser's own picker writes it, in the zone of the store."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    input_formats = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")


class PostForm(forms.Form):
    """A post: words, a product by its number or a coupon, how many, and from when until when."""

    text = forms.CharField(max_length=500, strip=True)
    template = forms.ModelChoiceField(queryset=CouponTemplate.objects.none(), required=False)
    sku = forms.CharField(max_length=60, required=False, strip=True)
    stock = forms.IntegerField(min_value=1, max_value=100_000, required=False)
    each = forms.IntegerField(min_value=1, max_value=99, required=False)
    opens_at = MomentField()
    closes_at = MomentField()

    def __init__(self, *args: Any, coupons: QuerySet[CouponTemplate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["template"]
        chosen.queryset = coupons

    def clean_sku(self) -> Product | None:
        """The product of the number. Raises ValidationError where there is none."""
        sku = self.cleaned_data["sku"]
        if not sku:
            return None
        found = Product.objects.filter(sku=sku).first()
        if found is None:
            raise forms.ValidationError(_("There is no product with this number."))
        return found


def moment(value: datetime) -> str:
    """A moment as the browser's picker reads it."""
    return f"{timezone.localtime(value):%Y-%m-%dT%H:%M}"
