"""Share links of staff for the mini-program: what one leads to, that it was followed, and its coupon."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import ShareLink
from campaigns.spreading import links
from coupons.api.shapes import CouponSerializer
from coupons.models import Coupon
from members.api.naming import NamesMember, member_of
from stores.api.schema import ProblemSerializer
from stores.api.views import PartnerView
from stores.ids import public_id
from stores.models import Scope

KINDS = [("product", "product"), ("coupon", "coupon"), ("campaign", "campaign")]


class ShareLinkSerializer(serializers.Serializer):
    """Where a share link leads."""

    code = serializers.CharField()
    kind = serializers.SerializerMethodField(help_text="`product`, `coupon` or `campaign`.")
    sku = serializers.CharField(source="product.sku", default=None, allow_null=True, help_text="The product, or null.")
    coupon_template = serializers.SerializerMethodField(help_text="Id of the coupon (`tpl_…`), or null.")
    campaign = serializers.SerializerMethodField(help_text="Id of the campaign (`cmp_…`), or null.")
    shared_by = serializers.CharField(source="staff.given_name", help_text="Who shared it, as customers know them.")
    store = serializers.SerializerMethodField(help_text="Id of the store of who shared it, or null.")

    def get_kind(self, link: ShareLink) -> str:
        """What it leads to."""
        return "product" if link.product_id else "coupon" if link.template_id else "campaign"

    def get_coupon_template(self, link: ShareLink) -> str | None:
        """The id of the coupon template."""
        return public_id("tpl", link.template_id) if link.template_id else None

    def get_campaign(self, link: ShareLink) -> str | None:
        """The id of the campaign."""
        return public_id("cmp", link.campaign_id) if link.campaign_id else None

    def get_store(self, link: ShareLink) -> str | None:
        """The id of the store."""
        return public_id("sto", link.staff.store_id) if link.staff.store_id else None


class ClickBody(NamesMember):
    """Who followed the link; nobody needs to be named."""


NOT_FOUND = OpenApiResponse(ProblemSerializer, "Codes: `share_link_not_found`, `member_not_found`.")


class ShareCode(PartnerView):
    """A share link by its code."""

    scopes = {"GET": Scope.RECRUIT}
    serializer_class = ShareLinkSerializer

    @extend_schema(
        operation_id="getShareLink",
        summary="Where a share link leads",
        tags=["Spreading"],
        responses={200: ShareLinkSerializer, 404: NOT_FOUND},
    )
    def get(self, request: Request, code: str) -> Response:
        """Ask when somebody opens your page with a code. Links of people who have left lead nowhere."""
        return Response(ShareLinkSerializer(links.link_of(code)).data)


class ShareCodeClick(PartnerView):
    """Somebody followed a share link."""

    scopes = {"POST": Scope.RECRUIT}
    serializer_class = ShareLinkSerializer

    @extend_schema(
        operation_id="clickShareLink",
        summary="Report that a share link was followed",
        tags=["Spreading"],
        request=ClickBody,
        responses={201: ShareLinkSerializer, 404: NOT_FOUND},
        examples=[OpenApiExample("by a member", value={"identity": "wechat_unionid:oX1"}, request_only=True)],
    )
    def post(self, request: Request, code: str) -> Response:
        """Name the member as soon as you know who it is: their orders of the next days then count for the link even
        without `share_code`."""
        link = links.link_of(code)
        given = self.read(ClickBody)
        member: Any = member_of(given) if given.get("member") or given.get("identity") else None
        links.clicked(link, member)
        return Response(ShareLinkSerializer(link).data, status=201)


class ShareCodeClaim(PartnerView):
    """The coupon of a share link."""

    scopes = {"POST": Scope.RECRUIT}
    serializer_class = CouponSerializer

    @extend_schema(
        operation_id="claimShareCoupon",
        summary="Take the coupon of a share link",
        tags=["Spreading"],
        request=NamesMember,
        responses={
            201: CouponSerializer,
            200: OpenApiResponse(CouponSerializer, "The coupon that this member took from this link before."),
            403: OpenApiResponse(ProblemSerializer, "Code: `own_link`."),
            404: NOT_FOUND,
            422: OpenApiResponse(
                ProblemSerializer,
                "Codes: `no_coupon`, `stock_spent`, `limit_reached`, `template_not_active`, `terms_ended`.",
            ),
        },
    )
    def post(self, request: Request, code: str) -> Response:
        """Once per member and link. The order in which it is used counts for the link. Counts as followed, too."""
        link = links.link_of(code)
        member = member_of(self.read(NamesMember))
        with transaction.atomic():
            coupon, is_new = links.take_coupon(link, member)
            if is_new:
                links.clicked(link, coupon.member)
        shown = Coupon.objects.select_related("template", "terms").get(pk=coupon.pk)
        return Response(CouponSerializer(shown).data, status=201 if is_new else 200)
