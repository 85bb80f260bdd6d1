"""What a member has: the points and growth ledgers, and the benefits of the tier."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from members.api.tiers import BenefitSerializer
from members.models import Benefit, EntryKind, GrowthEntry, PointsEntry
from members.naming import named
from stores.api.fields import MomentField, PublicIdField
from stores.api.filters import MomentFilter
from stores.api.views import PartnerView
from stores.models import Scope

LEDGERS = {"points": PointsEntry, "growth": GrowthEntry}


class ReceiptNameSerializer(serializers.Serializer):
    """The order that an entry comes from."""

    id = PublicIdField("ord")
    channel = serializers.CharField()
    order_no = serializers.CharField()


class EntrySerializer(serializers.Serializer):
    """One change of points or growth value. A refund is an entry of its own, never an edit."""

    kind = serializers.ChoiceField(EntryKind.choices)
    delta = serializers.IntegerField(help_text="How much it went up (or down, below zero).")
    order = ReceiptNameSerializer(allow_null=True)
    note = serializers.CharField()
    at = MomentField(help_text="When it counts from.")
    recorded_at = MomentField(help_text="When it was written down.")
    expires_at = MomentField(
        allow_null=True, source="ends", help_text="When points expire; null for growth, which counts for a window."
    )


class EntryFilter(FilterSet):
    """Entries by kind and by when they were written down."""

    kind = django_filters.ChoiceFilter(choices=EntryKind.choices)
    updated_since = MomentFilter(field_name="recorded_at", lookup_expr="gte", help_text="Written down since then.")


class MemberLedger(PartnerView):
    """The ledger of points or of growth."""

    scopes = {"GET": Scope.MEMBERS_READ}
    filterset_class = EntryFilter
    serializer_class = EntrySerializer
    page_order = ("-at", "-pk")
    queryset = PointsEntry.objects.none()

    @extend_schema(
        operation_id="listMemberLedger",
        summary="Points and growth, entry by entry",
        tags=["Members"],
        parameters=[OpenApiParameter("ledger", enum=list(LEDGERS), default="points", description="Which of the two.")],
        responses=EntrySerializer(many=True),
    )
    def get(self, request: Request, member: str) -> Response:
        """Entries, newest first."""
        name = request.query_params.get("ledger", "points")
        if name not in LEDGERS:
            raise ValidationError({"ledger": [f"points, growth: {name[:20]}?"]}, code="invalid_choice")
        rows: QuerySet[Any] = LEDGERS[name].objects.filter(member=named(member)).select_related("order")
        found = self.paginate_queryset(self.filter_queryset(rows))
        for row in found:
            row.ends = getattr(row, "expires_at", None)
        return self.get_paginated_response(EntrySerializer(found, many=True).data)


class MemberBenefits(PartnerView):
    """What the tier gives the member."""

    scopes = {"GET": Scope.MEMBERS_READ}
    serializer_class = BenefitSerializer
    queryset = Benefit.objects.filter(is_active=True)

    @extend_schema(
        operation_id="listMemberBenefits",
        summary="Benefits of the member's tier",
        tags=["Members"],
        responses=BenefitSerializer(many=True),
    )
    def get(self, request: Request, member: str) -> Response:
        """The active benefits of the tier that the member holds now."""
        return self.page(self.get_queryset().filter(tier=named(member).tier_id), BenefitSerializer)
