"""GET /orders/{channel}/{order_no}/: what we know of a receipt, for a till that lost our answer."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from coupons import refunds
from coupons.api.shapes import TemplateNameSerializer
from coupons.models import Coupon, CouponState
from coupons.returnshares import Standing
from members.api.orders import earned_by
from members.api.refunds import RefundSerializer
from members.api.shapes import StoreNameSerializer
from members.models import Order, OrderLine
from stores import partners
from stores.api.fields import MomentField, MoneyField, PublicIdField, QuantityField
from stores.api.views import PartnerView
from stores.errors import NotFound
from stores.ids import public_id
from stores.models import Scope


class OrderLineSerializer(serializers.ModelSerializer):
    """One line of a receipt."""

    sku = serializers.CharField(source="product.sku")
    name = serializers.CharField(source="product.name")
    quantity = QuantityField()
    amount = MoneyField()

    class Meta:
        model = OrderLine
        fields = ("line_no", "sku", "name", "quantity", "unit_price", "amount")


class CouponLineSerializer(serializers.Serializer):
    """What a coupon took off a line, and what of that went back because goods of the line came back."""

    line_no = serializers.IntegerField()
    discount = MoneyField()
    given_back = MoneyField()


class OrderCouponSerializer(serializers.Serializer):
    """A coupon that this receipt holds or used. Once something came back, ``lines`` says so line by line, and
    ``threshold_holds`` whether what was kept still reaches the coupon's threshold.

    When everything came back, the coupon is good again and stands here no more.
    """

    code = serializers.CharField()
    status = serializers.ChoiceField(CouponState.choices, source="state")
    template = TemplateNameSerializer()
    discount = MoneyField(allow_null=True)
    given_back = MoneyField(allow_null=True)
    threshold_holds = serializers.BooleanField(allow_null=True, default=None)
    lines = CouponLineSerializer(many=True, allow_null=True, default=None)


class OrderSerializer(serializers.ModelSerializer):
    """A receipt with its lines, coupons, refunds, and what it gave."""

    id = PublicIdField("ord")
    member = serializers.SerializerMethodField()
    store = StoreNameSerializer()
    guide = serializers.CharField(source="guide.employee_no", allow_null=True, default=None)
    paid_at = MomentField()
    recorded_at = MomentField()
    list_amount = MoneyField()
    net_amount = MoneyField()
    returned_amount = MoneyField()
    points = serializers.IntegerField()
    growth = serializers.IntegerField()
    lines = OrderLineSerializer(many=True)
    coupons = serializers.SerializerMethodField()
    refunds = RefundSerializer(source="returns", many=True)

    class Meta:
        model = Order
        fields = (
            *("id", "channel", "order_no", "revision", "member", "store", "guide", "paid_at", "recorded_at"),
            *("list_amount", "net_amount", "returned_amount", "points", "growth", "lines", "coupons", "refunds"),
        )

    def get_member(self, order: Order) -> str | None:
        """The id of the member."""
        return public_id("mem", order.member_id) if order.member_id else None

    @extend_schema_field(OrderCouponSerializer(many=True))
    def get_coupons(self, order: Order) -> Any:
        """The coupons that this receipt locked or used."""
        held = (CouponState.LOCKED, CouponState.USED)
        rows = Coupon.objects.filter(order_channel=order.channel, order_no=order.order_no, state__in=held)
        coupons = list(rows.select_related("template", "terms").order_by("pk"))
        standings = refunds.standings(order, [one for one in coupons if one.state == CouponState.USED])
        return [OrderCouponSerializer(_with_returns(one, standings.get(one.pk))).data for one in coupons]


def _with_returns(coupon: Coupon, standing: Standing | None) -> Coupon:
    """The coupon, with what returns did to it on each line."""
    if standing is not None:
        parts = zip(standing.sold, standing.shares, standing.given_back, strict=True)
        lines = [{"line_no": line.line_no, "discount": share, "given_back": back} for line, share, back in parts]
        vars(coupon).update(threshold_holds=standing.threshold_holds, lines=lines)
    return coupon


class OrderDetail(PartnerView):
    """One receipt."""

    scopes = {"GET": Scope.ORDERS_READ}
    serializer_class = OrderSerializer

    @extend_schema(operation_id="getOrder", summary="Read a receipt", tags=["Orders"], responses=OrderSerializer)
    def get(self, request: Request, channel: str, order_no: str) -> Response:
        """Lines, coupons, refunds, points and growth of a receipt."""
        rows = Order.objects.select_related("store", "guide").prefetch_related("lines__product", "returns")
        limits = partners.store_ids(self.key)
        rows = rows.filter(store__in=limits) if limits else rows
        order = rows.filter(channel=channel, order_no=order_no).first()
        if order is None:
            raise NotFound(_("There is no such order."), code="order_not_found")
        for name, value in earned_by(order).items():
            setattr(order, name, value)
        return Response(OrderSerializer(order).data)
