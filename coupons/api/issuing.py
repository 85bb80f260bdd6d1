"""POST /coupons/issue/ (a coupon or a pack) and GET /members/{id}/coupons/."""

import hashlib
import secrets
from typing import Any

import django_filters
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response

from coupons import kinds, packbudgets, packs, wallet
from coupons.api.packs import ComingSerializer, GivenPackSerializer, PackNameSerializer, pack_named
from coupons.api.shapes import CouponSerializer, template_named
from coupons.issuing import issue_coupon
from coupons.models import Coupon, CouponEvent, CouponState, Origin
from members.api.naming import NamesMember, member_of, readable
from stores import partners
from stores.api import idempotency
from stores.api.fields import NumberField, WordField
from stores.api.filters import MomentFilter
from stores.api.pagination import CURSOR_WORDS, LIMIT, LIMIT_WORDS
from stores.api.schema import ProblemSerializer, example
from stores.api.views import PartnerView
from stores.ids import public_id
from stores.models import Scope

MOST_COMING = 200


class IssueBody(NamesMember):
    """Which coupon or which pack, and to whom."""

    template = WordField(max_length=40, required=False, help_text="Id of the coupon template, `tpl_…`.")
    pack = WordField(max_length=40, required=False, help_text="Id of the coupon pack, `pck_…`, instead of a template.")
    reference = NumberField(
        max_length=60,
        required=False,
        help_text="For a pack: your number of this occasion. The same again is the same pack, for ever. Without one "
        "the Idempotency-Key stands in.",
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Either a template or a pack."""
        data = super().validate(data)
        if bool(data.get("template")) == bool(data.get("pack")):
            code = "one_of_two" if data.get("template") else "required"
            raise serializers.ValidationError({"template": [ErrorDetail(_("Name a template or a pack."), code)]})
        return data


ISSUED = PolymorphicProxySerializer(
    component_name="Issued", serializers=[CouponSerializer, GivenPackSerializer], resource_type_field_name=None
)


class CouponIssue(PartnerView):
    """Give a coupon or a pack on behalf of the partner."""

    scopes = {"POST": Scope.COUPONS_ISSUE}
    serializer_class = CouponSerializer

    @extend_schema(
        operation_id="issueCoupon",
        summary="Issue a coupon or a pack",
        tags=["Coupons"],
        request=IssueBody,
        responses={
            201: ISSUED,
            200: OpenApiResponse(GivenPackSerializer, "The pack that this `reference` gave before, as it is now."),
            404: OpenApiResponse(
                ProblemSerializer, "Codes: `member_not_found`, `template_not_found`, `pack_not_found`."
            ),
            422: OpenApiResponse(
                ProblemSerializer,
                "Codes: `budget_spent`, `stock_spent`, `limit_reached`, `template_not_active`, `terms_ended`, "
                "`pack_not_active`, `idempotency_key_reused`.",
            ),
        },
        examples=[
            OpenApiExample(
                "a thank-you", value={"template": "tpl_8Xw2kQ0aZr", "identity": "phone:13812345678"}, request_only=True
            ),
            OpenApiExample(
                "a pack",
                value={"pack": "pck_5vRz1nKcTe", "identity": "phone:13812345678", "reference": "W-20261122-7"},
                request_only=True,
            ),
            example(422, "budget_spent", "合作方的发券预算已用完。"),
        ],
    )
    def post(self, request: Request) -> Response:
        """Into the member's wallet, within your budget. Each call with a template gives another coupon, so send an
        Idempotency-Key. A pack gives what is due at once and promises the rest; what cannot be given says why."""
        given = self.read(IssueBody)
        if given.get("pack"):
            return self._give_pack(request, given)
        member = member_of(given)
        template = template_named(given["template"])
        with transaction.atomic():
            coupon = issue_coupon(template, member, origin=Origin.PARTNER, origin_id=self.key.partner_id)
            # Last, since all calls of a partner wait for this row.
            partners.take_budget(self.key.partner, kinds.face_value(coupon.terms))
        return Response(CouponSerializer(coupon).data, status=201)

    def _give_pack(self, request: Request, wanted: dict[str, Any]) -> Response:
        """A pack; what it brings later counts against the budget at once."""
        member, pack = member_of(wanted), pack_named(wanted["pack"])
        partner = self.key.partner
        text = wanted.get("reference") or idempotency.key_of(request) or secrets.token_hex(16)
        digest = hashlib.sha256(f"{'r' if wanted.get('reference') else 'k'}:{text}".encode()).hexdigest()
        with transaction.atomic():
            giving = packs.give_pack(
                pack,
                member,
                origin=Origin.PARTNER,
                origin_id=partner.pk,
                request_key=f"p{partner.pk}:{digest[:32]}",
            )
            if giving.is_new:
                packbudgets.take(giving.given, partner)
        return Response(GivenPackSerializer(giving.given).data, status=201 if giving.is_new else 200)


class WalletCouponSerializer(CouponSerializer):
    """A coupon of the wallet, with the pack it came with."""

    pack = serializers.SerializerMethodField(help_text="Null for a coupon that came by itself.")

    def to_representation(self, coupon: Coupon) -> dict[str, Any]:
        """The coupon as everywhere, and its pack."""
        return {**super().to_representation(coupon), "pack": self.get_pack(coupon)}

    @extend_schema_field(PackNameSerializer(allow_null=True))
    def get_pack(self, coupon: Coupon) -> dict[str, Any] | None:
        """The pack it came with."""
        name: str | None = getattr(coupon, "pack_name", None)
        return {"id": public_id("pck", getattr(coupon, "pack_id", 0)), "name": name} if name else None


class WalletPageSerializer(serializers.Serializer):
    """A page of the wallet; ``coming`` comes with the first page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    coming = ComingSerializer(many=True, allow_null=True, help_text="Coupons of packs that are still to come.")
    results = WalletCouponSerializer(many=True)


class WalletFilter(FilterSet):
    """Coupons by where they stand now."""

    status = django_filters.ChoiceFilter(choices=CouponState.choices, field_name="standing")
    updated_since = MomentFilter(method="changed_since", help_text="Issued or moved since then.")

    def changed_since(self, rows: QuerySet[Coupon], name: str, value: object) -> QuerySet[Coupon]:
        """Coupons issued since a moment, or with a move in their history since then."""
        moves = CouponEvent.objects.filter(coupon=OuterRef("pk"), at__gte=value)
        return rows.filter(Q(issued_at__gte=value) | Q(Exists(moves))) if value else rows


class MemberCoupons(PartnerView):
    """The member's wallet."""

    scopes = {"GET": Scope.MEMBERS_READ}
    filterset_class = WalletFilter
    serializer_class = WalletCouponSerializer
    page_order = ("-pk",)
    queryset = Coupon.objects.none()

    @extend_schema(
        operation_id="listMemberCoupons",
        summary="Coupons of a member",
        tags=["Members"],
        parameters=[
            OpenApiParameter("limit", int, default=LIMIT, description=LIMIT_WORDS),
            OpenApiParameter("cursor", description=CURSOR_WORDS),
        ],
        filters=True,
        responses=WalletPageSerializer,
    )
    def get(self, request: Request, member: str) -> Response:
        """All coupons, newest first; `status=issued` are those that can be used. With the first page, what is still to
        come of packs."""
        whose = readable(self.key, member)
        found = self.paginate_queryset(self.filter_queryset(wallet.wallet_of(whose)))
        answer = self.get_paginated_response(WalletCouponSerializer(found, many=True).data)
        is_first = not request.query_params.get("cursor")
        coming = packs.coming_to(whose)[:MOST_COMING] if is_first else None
        answer.data["coming"] = ComingSerializer(coming, many=True).data if is_first else None
        return answer
