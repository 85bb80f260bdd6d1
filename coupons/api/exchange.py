"""GET and POST /coupons/exchange/: coupons for points."""

import hashlib
import secrets
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from coupons import exchange, kinds
from coupons.api.shapes import CouponSerializer, template_named
from coupons.exchange import ExchangeOption
from coupons.models import CouponTemplate, PointsExchange, TemplateState
from members.api.naming import NamesMember, member_of
from stores.api import idempotency
from stores.api.fields import MomentField, NumberField, PublicIdField, WordField
from stores.api.schema import ProblemSerializer, example
from stores.api.views import PartnerView
from stores.models import Scope


class ExchangeBody(NamesMember):
    """Which coupon, and for whose points."""

    template = WordField(max_length=40, help_text="Id of the coupon template, `tpl_…`.")
    reference = NumberField(
        max_length=60,
        required=False,
        help_text="Your number of this exchange: the same again is the same exchange, for ever. Without one the "
        "Idempotency-Key stands in.",
    )


class ExchangeRefusalSerializer(serializers.Serializer):
    """What stands against it."""

    code = serializers.CharField()
    detail = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField(help_text="Points that are missing, for `points_short`.")

    def get_detail(self, refusal: Any) -> str:
        """In words."""
        return str(refusal)

    def get_missing(self, refusal: Any) -> int | None:
        """How many points more it takes."""
        return refusal.extra.get("missing")


class ExchangeOptionSerializer(serializers.Serializer):
    """A coupon that is given for points. ``refusal`` is null when it can be had now."""

    template = PublicIdField("tpl", source="template.pk")
    name = serializers.CharField(source="template.name")
    kind = serializers.CharField(source="terms.kind")
    face = serializers.SerializerMethodField(help_text="¥10, 8.5折, 试吃")
    sentence = serializers.SerializerMethodField(help_text="满60减10，领取后 7 天有效")
    points = serializers.IntegerField(source="price")
    refusal = ExchangeRefusalSerializer(allow_null=True)

    def get_face(self, option: ExchangeOption) -> str:
        """The large print."""
        return kinds.face_text(option.terms)

    def get_sentence(self, option: ExchangeOption) -> str:
        """Everything in one sentence."""
        return kinds.sentence(option.terms)


class ExchangeSerializer(serializers.Serializer):
    """An exchange: the points that went and the coupon that came."""

    points = serializers.IntegerField()
    points_left = serializers.IntegerField(source="member.points", help_text="What the member has now.")
    coupon = CouponSerializer()
    made_at = MomentField()
    returned_at = MomentField(allow_null=True, help_text="When the points were given back; null while they are gone.")


class PointsForCoupons(PartnerView):
    """Coupons for points."""

    scopes = {"GET": Scope.COUPONS_READ, "POST": Scope.COUPONS_ISSUE}
    serializer_class = ExchangeOptionSerializer
    page_order = ("points_price", "-pk")
    queryset = CouponTemplate.objects.filter(
        state=TemplateState.ACTIVE, points_price__isnull=False, terms__isnull=False
    )

    @extend_schema(
        operation_id="listExchanges",
        summary="Coupons that are given for points",
        tags=["Coupons"],
        parameters=[NamesMember],
        responses=ExchangeOptionSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The cheapest first. With `member` or `identity` also what stands against each for that member."""
        query = NamesMember(data=request.query_params)
        query.is_valid(raise_exception=True)
        member = member_of(query.validated_data) if query.validated_data else None
        page = self.paginate_queryset(self.get_queryset())
        options = {one.template.pk: one for one in exchange.options_for(member)}
        rows = [options[template.pk] for template in page if template.pk in options]
        return self.get_paginated_response(ExchangeOptionSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="exchangePoints",
        summary="Take a coupon for points",
        tags=["Coupons"],
        request=ExchangeBody,
        responses={
            201: ExchangeSerializer,
            200: OpenApiResponse(ExchangeSerializer, "The exchange that this `reference` made before."),
            404: OpenApiResponse(ProblemSerializer, "Codes: `member_not_found`, `template_not_found`."),
            409: OpenApiResponse(ProblemSerializer, "Codes: `request_key_reused`, `idempotency_in_flight`."),
            422: OpenApiResponse(
                ProblemSerializer,
                "Codes: `points_short` (`spendable`, `frozen`, `missing`), `not_for_points`, `stock_spent`, "
                "`limit_reached`, `tier_not_in_scope`, `template_not_active`, `terms_ended`, `idempotency_key_reused`.",
            ),
        },
        examples=[
            OpenApiExample(
                "ten yuan for 300 points",
                value={"template": "tpl_8Xw2kQ0aZr", "identity": "phone:13812345678", "reference": "X-20261122-7"},
                request_only=True,
            ),
            example(422, "points_short", "可用 280 积分，还差 20。"),
        ],
    )
    def post(self, request: Request) -> Response:
        """The points go and the coupon comes, or neither. Points of the last days are frozen while goods may come
        back. Send a `reference` or an Idempotency-Key: without either, each call is another exchange."""
        given = self.read(ExchangeBody)
        member, template = member_of(given), template_named(given["template"])
        key = self._request_key(request, given.get("reference"))
        is_known = PointsExchange.objects.filter(request_key=key).exists()
        made = exchange.exchange(member, template, request_key=key, partner=self.key.partner)
        made.member.refresh_from_db(fields=["points"])
        return Response(ExchangeSerializer(made).data, status=200 if is_known else 201)

    def _request_key(self, request: Request, reference: str | None) -> str:
        """What names this request for ever: the partner's number, else its Idempotency-Key, else nothing lasting."""
        text = f"r:{reference}" if reference else f"k:{idempotency.key_of(request) or secrets.token_hex(16)}"
        return f"p{self.key.partner_id}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
