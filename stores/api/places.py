"""GET /stores/ and GET /stores/nearest/."""

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from stores import partners
from stores.api.fields import MomentField, PublicIdField
from stores.api.filters import UpdatedSince
from stores.api.schema import ProblemSerializer
from stores.api.views import PartnerView
from stores.errors import Refusal
from stores.models import Region, Scope, Store, StoreKind
from stores.places import nearest


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


class NearSerializer(serializers.Serializer):
    """A store and how far away it is."""

    store = StoreSerializer()
    km = serializers.FloatField(help_text="Great-circle distance in kilometres.")


class NearestSerializer(serializers.Serializer):
    """The nearest first."""

    results = NearSerializer(many=True)


class NearestStores(PartnerView):
    """The stores near a place."""

    scopes = {"GET": Scope.STORES_READ}
    serializer_class = NearestSerializer
    queryset = Store.objects.none()

    @extend_schema(
        operation_id="listNearestStores",
        summary="Stores near a place",
        tags=["Stores"],
        parameters=[
            OpenApiParameter("latitude", float, required=True, description="Degrees (WGS 84)."),
            OpenApiParameter("longitude", float, required=True, description="Degrees (WGS 84)."),
            OpenApiParameter("within", float, description="Kilometres, 3 unless said, at most 100."),
        ],
        responses={
            200: NearestSerializer,
            422: OpenApiResponse(ProblemSerializer, "Codes: `bad_place`."),
        },
    )
    def get(self, request: Request) -> Response:
        """At most ten stores that are open these days, the nearest first; an empty list where none is near."""
        asked = request.query_params
        place = [_number(asked.get(name, ""), name) for name in ("latitude", "longitude")]
        within = _number(asked["within"], "within") if "within" in asked else None
        if within is not None and not 0 < within <= 100:
            raise _bad("within")
        found = nearest(*place, day=timezone.localdate(), within_km=within, most=10)
        limits = partners.store_ids(self.key)
        told = [near for near in found if not limits or near.store.pk in limits]
        return Response(NearestSerializer({"results": told}).data)


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _bad(name) from None


def _bad(name: str) -> Refusal:
    sentence = _("Say where: latitude and longitude in degrees, and within how many kilometres.")
    return Refusal(sentence, code="bad_place", extra={"field": name})
