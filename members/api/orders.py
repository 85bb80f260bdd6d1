"""Orders: one receipt, thousands at once, and what came back."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members.api.orderbodies import OrderBody, order_draft
from members.api.ordersofstores import kept_elsewhere
from members.models import EntryKind, GrowthEntry, Order, PointsEntry
from members.orders.drafts import Outcome
from members.orders.intake import record_order
from stores import partners
from stores.api.fields import MomentField, MoneyField, PublicIdField
from stores.api.schema import ProblemSerializer, example
from stores.api.views import PartnerView, shared
from stores.ids import public_id
from stores.models import Scope
from stores.partners import StoreNotAllowed

STATUSES = ("created", "unchanged", "updated")
STATUS_CHOICES = [(status, status) for status in STATUSES]


class RecordedOrderSerializer(serializers.Serializer):
    """What became of an order. ``status`` is `created`, `unchanged` (the same again) or `updated` (higher revision)."""

    id = PublicIdField("ord")
    channel = serializers.CharField()
    order_no = serializers.CharField()
    revision = serializers.IntegerField()
    status = serializers.ChoiceField(STATUS_CHOICES)
    member = serializers.SerializerMethodField(help_text="Id of the member, null for an anonymous sale.")
    net_amount = MoneyField()
    returned_amount = MoneyField()
    points = serializers.IntegerField(help_text="Points that the order gave, returns taken off.")
    growth = serializers.IntegerField(help_text="Growth value that the order gave, returns taken off.")
    paid_at = MomentField()
    recorded_at = MomentField()

    def get_member(self, order: Order) -> str | None:
        """The id of the member."""
        return public_id("mem", order.member_id) if order.member_id else None


def earned_by(order: Order) -> dict[str, int]:
    """Points and growth that an order gave, returns taken off, as the ledgers say."""
    ledgers = (("points", PointsEntry), ("growth", GrowthEntry))
    given = {"order": order, "kind__in": (EntryKind.ORDER, EntryKind.RETURN)}  # what expired was given all the same
    return {
        name: ledger.objects.filter(**given).aggregate(total=Sum("delta"))["total"] or 0 for name, ledger in ledgers
    }


def as_recorded(outcome: Outcome) -> dict[str, Any]:
    """The answer to an order that was just sent."""
    order = Order.objects.get(pk=outcome.order_id)
    for name, value in {**earned_by(order), "status": outcome.status}.items():
        setattr(order, name, value)
    return shared(RecordedOrderSerializer).to_representation(order)


RECEIPT: Mapping[str, Any] = {
    "channel": "pos",
    "order_no": "20261122-0001",
    "paid_at": "2026-11-22T10:30:00+08:00",
    "store": "HZ01",
    "identity": "phone:13812345678",
    "guide": "G00007",
    "lines": [
        {
            "sku": "F001",
            "name": "阳光玫瑰",
            "category": "葡萄",
            "quantity": 1,
            "unit_price": "68.00",
            "amount": "58.00",
        },
        {"sku": "F017", "name": "车厘子", "category": "樱桃", "quantity": "0.52", "unit_price": "99.80"},
    ],
    "coupons": ["7ZK2M9QX4TB8VN3RD"],
    "total": "109.90",
}


class OrderList(PartnerView):
    """Orders of tills and shops."""

    scopes = {"POST": Scope.ORDERS_WRITE}
    serializer_class = RecordedOrderSerializer

    @extend_schema(
        operation_id="createOrder",
        summary="Send an order",
        tags=["Orders"],
        request=OrderBody,
        responses={
            201: OpenApiResponse(RecordedOrderSerializer, "Recorded."),
            200: OpenApiResponse(RecordedOrderSerializer, "Known: the same again, or changed by a higher revision."),
            409: OpenApiResponse(ProblemSerializer, "Codes: `order_conflict`, `member_changed`."),
            422: OpenApiResponse(
                ProblemSerializer, "Codes: `total_mismatch`, `store_not_found`, `bad_identity`, `future_date`, …"
            ),
        },
        examples=[
            OpenApiExample("two lines and a coupon", value=RECEIPT, request_only=True),
            example(409, "order_conflict", "该订单已存在且内容不同。如需修改，请提高 revision。"),
            example(422, "total_mismatch", "各行金额之和与总额不符。"),
        ],
    )
    def post(self, request: Request) -> Response:
        """One order with its lines. Known once by channel and number: the same again is 200 and changes nothing;
        another content is 409 `order_conflict` unless `revision` is higher. An identity nobody has makes a member."""
        given = self.read(OrderBody)
        store = self.store_named(given["store"])
        if kept_elsewhere(self.key, [(given["channel"], given["order_no"])]):
            raise StoreNotAllowed(partners.NOT_THIS_STORE)
        outcome = record_order(order_draft(given, store.code))
        return Response(as_recorded(outcome), status=201 if outcome.status == "created" else 200)


def summed_up(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer to a bulk call: how many of each status, and each row."""
    counts = Counter(row["status"] for row in results)
    return {**{status: counts[status] for status in (*STATUSES, "refused")}, "results": results}


def refused_row(code: str, detail: Any, errors: Any = ()) -> dict[str, Any]:
    """The result of a row that was turned away."""
    return {
        "status": "refused",
        "id": None,
        "member": None,
        "code": code,
        "detail": str(detail) or _("This row could not be read."),
        "errors": list(errors),
    }


def told_row(outcome: Outcome) -> dict[str, Any]:
    """The result of a row that was carried out, or that the verb refused."""
    if outcome.status == "refused":
        return refused_row(outcome.code, outcome.sentence)
    row_id = public_id("ord", outcome.order_id) if outcome.order_id else public_id("ret", outcome.return_id or 0)
    return {
        "status": outcome.status,
        "id": row_id,
        "member": public_id("mem", outcome.member_id) if outcome.member_id else None,
        "code": "",
        "detail": "",
        "errors": [],
    }
