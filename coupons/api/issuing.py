"""POST /coupons/issue/ and GET /members/{id}/coupons/."""

import django_filters
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from coupons import kinds, wallet
from coupons.api.shapes import CouponSerializer, template_named
from coupons.issuing import issue_coupon
from coupons.models import Coupon, CouponEvent, CouponState, Origin
from members.api.naming import NamesMember, member_of
from members.naming import named
from stores import partners
from stores.api.fields import WordField
from stores.api.filters import MomentFilter
from stores.api.schema import ProblemSerializer, example
from stores.api.views import PartnerView
from stores.models import Scope


class IssueBody(NamesMember):
    """Which coupon, and to whom."""

    template = WordField(max_length=40, help_text="Id of the coupon template, `tpl_…`.")


class CouponIssue(PartnerView):
    """Give a coupon on behalf of the partner."""

    scopes = {"POST": Scope.COUPONS_ISSUE}
    serializer_class = CouponSerializer

    @extend_schema(
        operation_id="issueCoupon",
        summary="Issue a coupon",
        tags=["Coupons"],
        request=IssueBody,
        responses={
            201: CouponSerializer,
            404: OpenApiResponse(ProblemSerializer, "Codes: `member_not_found`, `template_not_found`."),
            422: OpenApiResponse(
                ProblemSerializer,
                "Codes: `budget_spent`, `stock_spent`, `limit_reached`, `template_not_active`, `terms_ended`, "
                "`idempotency_key_reused`.",
            ),
        },
        examples=[
            OpenApiExample(
                "a thank-you", value={"template": "tpl_8Xw2kQ0aZr", "identity": "phone:13812345678"}, request_only=True
            ),
            example(422, "budget_spent", "合作方的发券预算已用完。"),
        ],
    )
    def post(self, request: Request) -> Response:
        """One coupon into the member's wallet, within your budget. Each call gives another one, so send an
        Idempotency-Key."""
        given = self.read(IssueBody)
        member = member_of(given)
        template = template_named(given["template"])
        with transaction.atomic():
            coupon = issue_coupon(template, member, origin=Origin.PARTNER, origin_id=self.key.partner_id)
            # Last, since all calls of a partner wait for this row.
            partners.take_budget(self.key.partner, kinds.face_value(coupon.terms))
        return Response(CouponSerializer(coupon).data, status=201)


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
    serializer_class = CouponSerializer
    page_order = ("-pk",)
    queryset = Coupon.objects.none()

    @extend_schema(
        operation_id="listMemberCoupons",
        summary="Coupons of a member",
        tags=["Members"],
        responses=CouponSerializer(many=True),
    )
    def get(self, request: Request, member: str) -> Response:
        """All coupons, newest first; `status=issued` are those that can be used."""
        return self.page(wallet.wallet_of(named(member)), CouponSerializer)
