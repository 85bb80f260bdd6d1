"""POST /orders/{channel}/{order_no}/refunds/: full, by lines or by amount; it may come before its order."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members.api.orderbodies import RefundBody, return_draft
from members.api.ordersofstores import returned_elsewhere
from members.models import Order, OrderLine, Return
from members.orders.intake import record_return
from stores import partners
from stores.api.fields import MomentField, MoneyField, PublicIdField, is_number
from stores.api.schema import ProblemSerializer, example
from stores.api.views import PartnerView
from stores.errors import NotFound, Refusal
from stores.ids import public_id
from stores.models import Scope
from stores.partners import StoreNotAllowed

CENT = Decimal("0.01")


class RefundSerializer(serializers.Serializer):
    """A return. Without ``order`` it waits for its sale, and is applied when that arrives."""

    id = PublicIdField("ret")
    refund_no = serializers.CharField(source="return_no")
    channel = serializers.CharField()
    order_no = serializers.CharField()
    order = serializers.SerializerMethodField(help_text="Id of the order, null as long as it is not known.")
    member = serializers.SerializerMethodField()
    amount = MoneyField()
    returned_at = MomentField()
    recorded_at = MomentField()

    def get_order(self, row: Return) -> str | None:
        """The id of the order."""
        return public_id("ord", row.order_id) if row.order_id else None

    def get_member(self, row: Return) -> str | None:
        """The id of the member."""
        return public_id("mem", row.member_id) if row.member_id else None


EXAMPLES = [
    OpenApiExample(
        "all of it", value={"refund_no": "R-78", "returned_at": "2026-11-22T11:00:00+08:00"}, request_only=True
    ),
    OpenApiExample(
        "one line",
        value={
            "refund_no": "R-79",
            "returned_at": "2026-11-22T11:00:00+08:00",
            "lines": [{"sku": "F001", "quantity": 1}],
        },
        request_only=True,
    ),
    example(422, "refund_above_order", "退款金额超过订单实付金额。"),
]


class OrderRefunds(PartnerView):
    """What came back of an order."""

    scopes = {"POST": Scope.ORDERS_WRITE}
    serializer_class = RefundSerializer

    @extend_schema(
        operation_id="createRefund",
        summary="Send a refund",
        tags=["Orders"],
        request=RefundBody,
        responses={
            201: OpenApiResponse(RefundSerializer, "Recorded."),
            200: OpenApiResponse(RefundSerializer, "The same again; nothing was changed."),
            409: OpenApiResponse(ProblemSerializer, "Codes: `return_conflict`."),
            422: OpenApiResponse(
                ProblemSerializer, "Codes: `refund_above_order`, `amount_missing`, `line_not_in_order`, …"
            ),
        },
        examples=EXAMPLES,
    )
    def post(self, request: Request, channel: str, order_no: str) -> Response:
        """Goods or money that came back. Known once by channel and `refund_no`. Without lines and amount the rest of
        the order comes back. A refund that arrives before its order is kept; it must then say store and amounts."""
        if not is_number(channel, 20) or not is_number(order_no, 64):
            raise NotFound(_("There is no such order."))
        given = self.read(RefundBody)
        order = Order.objects.select_related("store").filter(channel=channel, order_no=order_no).first()
        store = self.store_named(given["store"]) if "store" in given else getattr(order, "store", None)
        if store is None:
            raise Refusal(_("Say in which store."), code="store_missing", extra={"field": "store"})
        self.store_named(store.code)
        if order and returned_elsewhere(self.key, [(channel, order_no)]):
            raise StoreNotAllowed(partners.NOT_THIS_STORE)
        known = Return.objects.filter(channel=channel, return_no=given["refund_no"]).first()
        amounts = with_amounts(given, order, known if known and known.order_no == order_no else None)
        outcome = record_return(return_draft({**given, **amounts}, channel, order_no, store.code))
        row = Return.objects.get(pk=outcome.return_id)
        return Response(RefundSerializer(row).data, status=201 if outcome.status == "created" else 200)


def with_amounts(given: Mapping[str, Any], order: Order | None, known: Return | None) -> dict[str, Any]:
    """The amounts that the body left to us: of each line its share, of a full refund what is left of the order.

    ``known`` is the same return sent before, whose amount a full refund then repeats.
    """
    if given.get("lines"):
        return {"lines": [_with_amount(line, order) for line in given["lines"]]}
    if "amount" in given:
        return {}
    if known is not None:
        return {"amount": known.amount}
    if order is None:
        raise amount_missing()
    return {"amount": order.net_amount - order.returned_amount}


def amount_missing() -> Refusal:
    """The refusal for a refund whose amount nobody can know, for the caller to raise."""
    return Refusal(_("The order is not known yet. Say the amount that came back."), code="amount_missing")


def _with_amount(line: Mapping[str, Any], order: Order | None) -> dict[str, Any]:
    if "amount" in line:
        return dict(line)
    if order is None:
        raise amount_missing()
    sold = OrderLine.objects.filter(order=order, product__sku=line["sku"])
    total = sold.aggregate(amount=Sum("amount"), quantity=Sum("quantity"))
    if not total["quantity"] or line["quantity"] > total["quantity"]:
        raise Refusal(
            _("The order does not hold that many of %(sku)s.") % {"sku": line["sku"]},
            code="line_not_in_order",
            extra={"field": "lines", "sku": line["sku"]},
        )
    share = total["amount"] * line["quantity"] / total["quantity"]
    return {**line, "amount": share.quantize(CENT, ROUND_HALF_UP)}
