"""GET /stores/."""

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from stores import partners
from stores.api.fields import MomentField, PublicIdField
from stores.api.filters import UpdatedSince
from stores.api.views import PartnerView
from stores.models import Region, Scope, Store, StoreKind


class RegionSerializer(serializers.ModelSerializer):
    """A region."""

    class Meta:
        model = Region
        fields = ("code", "name")


class StoreSerializer(serializers.ModelSerializer):
    """A store."""

    id = PublicIdField("sto")
    region = RegionSerializer()
    updated_at = MomentField(read_only=True)

    class Meta:
        model = Store
        fields = (
            *("id", "code", "name", "kind", "region", "address", "city", "latitude", "longitude", "time_zone"),
            *("phone", "opened_on", "closed_on", "updated_at"),
        )


class StoreFilter(UpdatedSince):
    """Stores by code, kind, city or region."""

    code = django_filters.CharFilter()
    kind = django_filters.ChoiceFilter(choices=StoreKind.choices)
    city = django_filters.CharFilter()
    region = django_filters.CharFilter(field_name="region__code", help_text="Code of the region.")

    class Meta:
        model = Store
        fields = ("code", "kind", "city", "region")


class StoreList(PartnerView):
    """The stores that the key may act for."""

    scopes = {"GET": Scope.STORES_READ}
    filterset_class = StoreFilter
    serializer_class = StoreSerializer
    queryset = Store.objects.select_related("region")

    @extend_schema(
        operation_id="listStores", summary="List stores", tags=["Stores"], responses=StoreSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """Stores by id. A key with a list of stores sees only those."""
        rows = self.get_queryset()
        limits = partners.store_ids(self.key)
        return self.page(rows.filter(pk__in=limits) if limits else rows, StoreSerializer)
