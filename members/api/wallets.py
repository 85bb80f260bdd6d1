"""What a member has: the points and growth ledgers, and what of the points can be spent."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from members.api.naming import readable
from members.ledgers import pointlots
from members.models import EntryKind, GrowthEntry, Member, PointsEntry
from stores.api.fields import MomentField, PublicIdField
from stores.api.filters import MomentFilter
from stores.api.pagination import CURSOR_WORDS, LIMIT, LIMIT_WORDS
from stores.api.views import PartnerView
from stores.models import Scope

SOON = 30
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


class LotSerializer(serializers.Serializer):
    """Points that came together, by an order or by hand, and expire together."""

    source = serializers.ChoiceField(["order", "adjustment"])
    order = PublicIdField("ord", source="order_id", allow_null=True)
    at = MomentField(help_text="When they were earned.")
    earned = serializers.IntegerField(help_text="What the order is worth after returns.")
    left = serializers.IntegerField(help_text="What of it is neither spent nor expired.")
    frozen_until = MomentField(allow_null=True, help_text="Not to be spent before; null when it can be.")
    expires_at = MomentField(allow_null=True, help_text="When what is left is gone.")


class ExpiringSerializer(serializers.Serializer):
    """Points that are soon gone."""

    at = MomentField()
    amount = serializers.IntegerField()


class PurseSerializer(serializers.Serializer):
    """The points as they are now."""

    points = serializers.IntegerField(help_text="All there are, frozen ones included.")
    owed = serializers.IntegerField(help_text="Spent, then taken back by a return; the next points pay for it.")
    spendable = serializers.IntegerField(help_text="What an exchange can take now.")
    frozen = serializers.IntegerField(help_text="Too young to be spent: their goods may still come back.")
    expiring = ExpiringSerializer(many=True, help_text=f"What is gone within {SOON} days unless it is spent.")
    lots = LotSerializer(many=True, help_text="What has something left, soonest to expire first.")


class LedgerPageSerializer(serializers.Serializer):
    """A page of the ledger; ``purse`` comes with the first page of points."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    purse = PurseSerializer(allow_null=True)
    results = EntrySerializer(many=True)


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
        parameters=[
            OpenApiParameter("ledger", enum=list(LEDGERS), default="points", description="Which of the two."),
            OpenApiParameter("limit", int, default=LIMIT, description=LIMIT_WORDS),
            OpenApiParameter("cursor", description=CURSOR_WORDS),
        ],
        filters=True,
        responses=LedgerPageSerializer,
    )
    def get(self, request: Request, member: str) -> Response:
        """Entries, newest first; with the first page of points, what can be spent, is frozen and expires."""
        name = request.query_params.get("ledger", "points")
        if name not in LEDGERS:
            raise ValidationError({"ledger": [f"points, growth: {name[:20]}?"]}, code="invalid_choice")
        whose = readable(self.key, member)
        rows: QuerySet[Any] = LEDGERS[name].objects.filter(member=whose).select_related("order")
        found = self.paginate_queryset(self.filter_queryset(rows))
        for row in found:
            row.ends = getattr(row, "expires_at", None)
        answer = self.get_paginated_response(EntrySerializer(found, many=True).data)
        is_first = name == "points" and not request.query_params.get("cursor")
        answer.data["purse"] = PurseSerializer(_purse(whose)).data if is_first else None
        return answer


def _purse(member: Member) -> dict[str, Any]:
    purse = pointlots.purse_of(member)
    return {
        "points": purse.spendable + purse.frozen,
        "owed": member.points_owed,
        "spendable": purse.spendable,
        "frozen": purse.frozen,
        "expiring": purse.expiring(SOON),
        "lots": purse.lots,
    }
