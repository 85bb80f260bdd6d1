"""What tills send about a coupon, what they may hear, and examples of both."""

from decimal import Decimal

from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers

from coupons.api.shapes import CouponSerializer
from members.api.naming import NamesMember
from stores.api.fields import MomentField, MoneyField, NumberField, QuantityField, WordField
from stores.api.schema import ProblemSerializer, example

# Why a coupon is refused at a till; part of the API's contract. The status says whether trying again may help.
CODES = (
    "coupon_not_found",
    "coupon_used",
    "coupon_locked",
    "coupon_expired",
    "coupon_not_started",
    "coupon_voided",
    "not_coupon_owner",
    "store_not_in_scope",
    "channel_not_in_scope",
    "product_not_in_scope",
    "tier_not_in_scope",
    "threshold_not_met",
    "outside_hours",
    "stack_conflict",
    "limit_reached",
    "budget_spent",
    "nothing_to_gain",
)


class ReceiptLineBody(serializers.Serializer):
    """A line of the receipt; needed only for coupons on certain products."""

    sku = WordField(max_length=60)
    amount = MoneyField(help_text="What is to be paid for the line before the coupon.")
    quantity = QuantityField(default=Decimal(1), help_text="How many, or how much by weight; 1 unless given.")


class ReceiptBody(NamesMember):
    """The receipt that a coupon is for. With a member named, only that member's coupons pass."""

    channel = NumberField(max_length=20, default="pos", help_text="Where it is sold; `pos` unless given.")
    order_no = NumberField(help_text="Number of the receipt.")
    store = WordField(max_length=40, help_text="Code or id of the store.")
    amount = MoneyField(help_text="What is to be paid before this coupon.")
    at = MomentField(required=False, help_text="When the till did it, if it was offline; now unless given.")
    lines = ReceiptLineBody(many=True, required=False, max_length=500)
    delivery = MoneyField(required=False, help_text="The delivery fee still to be paid, which `amount` is without.")


class GiveBackBody(serializers.Serializer):
    """The receipt that a coupon is to come free of."""

    channel = NumberField(max_length=20, default="pos")
    order_no = NumberField()
    note = WordField(max_length=200, required=False, allow_blank=True, help_text="Why, in your words.")


@extend_schema_field({"type": "string", "maxLength": 120, "examples": ["F001:128.00:2"]})
class LineField(serializers.Field):
    """A line of the receipt in an address: ``SKU:amount``, or ``SKU:amount:quantity``."""

    def to_internal_value(self, data: object) -> dict[str, object]:
        """What ReceiptLineBody makes of it. Raises ValidationError for what is no such line."""
        parts = str(data).rsplit(":", 2)
        names = ("sku", "amount", "quantity")[: len(parts)]
        return ReceiptLineBody().run_validation(dict(zip(names, parts, strict=True)))

    def to_representation(self, value: object) -> str:
        """As it came."""
        return str(value)


class CheckQuery(NamesMember):
    """Where, by whom and on what a coupon is to be used."""

    channel = NumberField(max_length=20, default="pos")
    order_no = NumberField(required=False, help_text="Receipt that may have locked it before.")
    store = WordField(max_length=40, required=False, help_text="Code or id of the store.")
    amount = MoneyField(required=False, help_text="What is to be paid; without it the threshold is not looked at.")
    delivery = MoneyField(required=False, help_text="The delivery fee, for coupons on deliveries.")
    line = serializers.ListField(
        child=LineField(),
        required=False,
        max_length=100,
        help_text="A line of the receipt, `SKU:amount` or `SKU:amount:quantity`, once for each: for coupons on certain "
        "products and on single pieces. Without `amount` their sum is what is to be paid.",
    )
    at = MomentField(required=False, help_text="For another moment than now.")


class RefusalSerializer(serializers.Serializer):
    """Why not: decide by ``code``, read ``detail`` aloud. Further members say what is missing (``short``, ...)."""

    code = serializers.ChoiceField([(code, code) for code in CODES])
    detail = serializers.CharField()


class VerdictSerializer(serializers.Serializer):
    """May this coupon be used here and now."""

    usable = serializers.BooleanField()
    discount = MoneyField(allow_null=True, help_text="What would come off; null when it may not or no amount is given.")
    refusal = RefusalSerializer(allow_null=True)
    coupon = CouponSerializer()


RECEIPT = {"order_no": "20261122-0001", "store": "HZ01", "amount": "128.00", "identity": "phone:13812345678"}
REFUSED = [
    example(422, "threshold_not_met", "还差 ¥12：此券满 ¥60 可用。", short="12.00", threshold="60.00"),
    example(409, "coupon_used", "此券已于 2026-11-20 使用。"),
    example(404, "coupon_not_found", "没有这张券，请核对券码后重试。"),
]
TILL_ERRORS = {
    404: OpenApiResponse(ProblemSerializer, "Codes: `coupon_not_found`."),
    409: OpenApiResponse(
        ProblemSerializer,
        "Codes: `coupon_used`, `coupon_locked`, `coupon_not_held`, `coupon_not_used`, `idempotency_in_flight`.",
    ),
    422: OpenApiResponse(ProblemSerializer, "Codes: " + ", ".join(f"`{code}`" for code in CODES[3:])),
}
