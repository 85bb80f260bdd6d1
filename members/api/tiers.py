"""GET /tiers/."""

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members.models import Benefit, Tier
from stores.api.fields import MomentField, PublicIdField
from stores.api.filters import UpdatedSince
from stores.api.views import PartnerView
from stores.models import Scope


class BenefitSerializer(serializers.ModelSerializer):
    """Something a tier gives: ``value`` is percent off or a factor, ``quota`` how often per ``period``."""

    id = PublicIdField("ben")

    class Meta:
        model = Benefit
        fields = ("id", "kind", "title", "value", "quota", "period")


class TierSerializer(serializers.ModelSerializer):
    """A tier, reached at ``threshold`` growth value."""

    id = PublicIdField("tier")
    benefits = BenefitSerializer(many=True)
    updated_at = MomentField(read_only=True)

    class Meta:
        model = Tier
        fields = ("id", "code", "name", "threshold", "purpose", "look", "benefits", "updated_at")


class TierFilter(UpdatedSince):
    """Tiers by code."""

    class Meta:
        model = Tier
        fields = ("code",)


class TierList(PartnerView):
    """The tiers of membership."""

    scopes = {"GET": Scope.TIERS_READ}
    filterset_class = TierFilter
    serializer_class = TierSerializer
    page_order = ("threshold", "pk")
    queryset = Tier.objects.filter(threshold__isnull=False).prefetch_related(
        Prefetch("benefits", Benefit.objects.filter(is_active=True))
    )

    @extend_schema(
        operation_id="listTiers", summary="List tiers", tags=["Programme"], responses=TierSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """Tiers from the lowest to the highest, each with what it gives."""
        return self.page(self.get_queryset(), TierSerializer)
