"""GET /members/{id}/timeline/: what happened, in words."""

import django_filters
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members import chronicle
from members.api.naming import readable
from members.models import TimelineFact
from stores.api.fields import MomentField, PublicIdField
from stores.api.filters import MomentFilter
from stores.api.views import PartnerView
from stores.models import Scope


class HappeningSerializer(serializers.Serializer):
    """One thing that happened. New kinds may be added; skip those you do not know."""

    id = PublicIdField("fct")
    kind = serializers.CharField(help_text="Stable, such as `order.recorded` or `member.tier_changed`.")
    category = serializers.ChoiceField(chronicle.Category.choices)
    title = serializers.CharField(help_text="In words, in the language asked for.")
    note = serializers.CharField(help_text="More words; may be empty.")
    at = MomentField()


class HappeningFilter(FilterSet):
    """Facts by kind and by when they were written down."""

    kind = django_filters.CharFilter()
    updated_since = MomentFilter(field_name="recorded_at", lookup_expr="gte", help_text="Written down since then.")


class MemberTimeline(PartnerView):
    """The member's timeline as a partner may see it."""

    scopes = {"GET": Scope.MEMBERS_READ}
    filterset_class = HappeningFilter
    serializer_class = HappeningSerializer
    page_order = ("-at", "-pk")
    queryset = TimelineFact.objects.none()

    @extend_schema(
        operation_id="listMemberTimeline",
        summary="What happened",
        tags=["Members"],
        responses=HappeningSerializer(many=True),
    )
    def get(self, request: Request, member: str) -> Response:
        """Orders, coupons, changes of tier and consent, newest first. What is internal to the staff is left out."""
        facts = self.filter_queryset(chronicle.facts_of(readable(self.key, member), None))
        entries = chronicle.in_words(self.paginate_queryset(facts))
        return self.get_paginated_response(HappeningSerializer(entries, many=True).data)
