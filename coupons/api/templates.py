"""GET /coupon-templates/."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from coupons import catalogue
from coupons.models import CouponKind, CouponTemplate, CouponTerms, TemplateState
from stores.api.fields import MomentField, MoneyField, PublicIdField
from stores.api.filters import UpdatedSince
from stores.api.views import PartnerView
from stores.ids import public_id
from stores.models import Scope


class TermsSerializer(serializers.ModelSerializer):
    """What a coupon is worth and when. ``percent`` is what the member still pays (85 is 8.5折), ``fixed_price`` what
    one piece of the products costs with it.

    Validity is fixed (``valid_from`` to ``valid_until``, exclusive) or relative (``valid_days`` business days,
    beginning ``start_after_days`` after the issue). Empty ``stores``, ``tiers``, ``skus``, ``channels``: no bound.
    """

    threshold = MoneyField()
    amount_off = MoneyField(allow_null=True)
    cap = MoneyField(allow_null=True)
    fixed_price = MoneyField(allow_null=True)
    gift_value = MoneyField(allow_null=True)
    valid_from = MomentField(allow_null=True)
    valid_until = MomentField(allow_null=True)
    stores = serializers.SerializerMethodField()
    tiers = serializers.SerializerMethodField()

    class Meta:
        model = CouponTerms
        fields = (
            *("version", "kind", "threshold", "amount_off", "percent", "cap", "fixed_price", "gift_name", "gift_value"),
            *("valid_from", "valid_until", "start_after_days", "valid_days", "weekdays", "hour_from", "hour_until"),
            *("stores", "tiers", "skus", "channels", "stack_group"),
        )

    def get_stores(self, terms: CouponTerms) -> list[str]:
        """Ids of the stores where it is valid."""
        return [public_id("sto", pk) for pk in terms.store_ids]

    def get_tiers(self, terms: CouponTerms) -> list[str]:
        """Ids of the tiers it is for."""
        return [public_id("tier", pk) for pk in terms.tier_ids]


class TemplateSerializer(serializers.ModelSerializer):
    """A coupon template: what HQ offers, and how many are left."""

    id = PublicIdField("tpl")
    terms = TermsSerializer(allow_null=True)
    stock_left = serializers.SerializerMethodField()
    created_at = MomentField(read_only=True)
    updated_at = MomentField(read_only=True)

    class Meta:
        model = CouponTemplate
        fields = (
            "id",
            "name",
            "state",
            "terms",
            "stock_left",
            "member_limit",
            "member_period_limit",
            "member_period",
            "points_price",
            "created_at",
            "updated_at",
        )

    def get_stock_left(self, template: CouponTemplate) -> int | None:
        """How many may still be issued; null means without limit."""
        return None if template.stock is None else max(0, template.stock - template.issued)


class TemplateFilter(UpdatedSince):
    """Templates by state and kind."""

    state = django_filters.ChoiceFilter(choices=TemplateState.choices)
    kind = django_filters.ChoiceFilter(field_name="terms__kind", choices=CouponKind.choices)

    class Meta:
        model = CouponTemplate
        fields = ("state", "kind")


class TemplateList(PartnerView):
    """The coupon templates that are or were in use; drafts are HQ's own business."""

    scopes = {"GET": Scope.COUPONS_READ}
    filterset_class = TemplateFilter
    serializer_class = TemplateSerializer
    queryset = catalogue.in_use().select_related("terms")

    @extend_schema(
        operation_id="listCouponTemplates",
        summary="List coupon templates",
        tags=["Programme"],
        responses=TemplateSerializer(many=True),
    )
    def get(self, request: Request, *args: Any) -> Response:
        """Templates by id, with their current terms. Coupons in wallets keep the terms they were issued with."""
        return self.page(self.get_queryset(), TemplateSerializer)
