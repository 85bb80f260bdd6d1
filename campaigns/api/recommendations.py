"""GET /members/{id}/recommendations/: the products that headquarters recommends to a member."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import Recommendation
from campaigns.spreading import recommending
from members.api.naming import readable
from stores.api.fields import PublicIdField
from stores.api.views import PartnerView
from stores.models import Scope


class RecommendedProductSerializer(serializers.Serializer):
    """A product."""

    sku = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField(source="category.name", default="", help_text="Empty when it has none.")


class RecommendationSerializer(serializers.Serializer):
    """Products recommended to the member."""

    id = PublicIdField("rec", source="recommendation")
    name = serializers.CharField(source="recommendation.name")
    words = serializers.CharField(source="recommendation.words", help_text="Plain text, for the member.")
    picture = serializers.CharField(source="recommendation.picture", help_text="Address of a picture, or empty.")
    until = serializers.DateField(source="recommendation.ends_on", help_text="The last day on which it holds.")
    products = RecommendedProductSerializer(many=True)


class RecommendationsSerializer(serializers.Serializer):
    """All of them; there are never more than five."""

    results = RecommendationSerializer(many=True)


class MemberRecommendations(PartnerView):
    """What is recommended to one member."""

    scopes = {"GET": Scope.TOUCHES}
    serializer_class = RecommendationsSerializer
    queryset = Recommendation.objects.none()

    @extend_schema(
        operation_id="listRecommendations",
        summary="Products recommended to a member",
        tags=["Members"],
        responses=RecommendationsSerializer,
    )
    def get(self, request: Request, member: str) -> Response:
        """The most important first. Asking counts as showing: ask when you show them. A share of the members gets
        none on purpose, so that what recommendations bring can be told."""
        found = recommending.show_to(readable(self.key, member))
        return Response(RecommendationsSerializer({"results": found}).data)
