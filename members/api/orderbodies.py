"""What tills send: orders, returns, and both in bulk; and how each becomes a draft for the verb."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from members.api.naming import NamesMember, check_kind, member_id_of
from members.orders.drafts import LineDraft, OrderDraft, ReturnDraft
from stores.api.fields import MomentField, MoneyField, NumberField, QuantityField, WordField

CHANNEL_WORDS = "Where it was sold, 1 to 20 lower-case letters, digits, - or _; `pos` unless given."


class PriceField(MoneyField):
    """A unit price with up to three decimals."""

    places = 3


class LineBody(serializers.Serializer):
    """One line of a receipt."""

    sku = WordField(max_length=60)
    name = WordField(max_length=200, required=False, allow_blank=True)
    category = WordField(max_length=80, required=False, allow_blank=True)
    quantity = QuantityField()
    unit_price = PriceField(help_text="Up to three decimals.")
    amount = MoneyField(
        required=False, help_text="What was paid for the line after all discounts; else quantity x unit price."
    )


class OrderBody(NamesMember):
    """A sale as the till rang it up. Without a member it is an anonymous sale."""

    channel = NumberField(max_length=20, default="pos", help_text=CHANNEL_WORDS)
    order_no = NumberField(help_text="Number of the receipt, unique in its channel.")
    revision = serializers.IntegerField(
        min_value=0, max_value=1_000_000, default=0, help_text="Higher than before to change an order already sent."
    )
    paid_at = MomentField()
    store = WordField(max_length=40, help_text="Code or id of the store.")
    guide = WordField(max_length=40, required=False, allow_blank=True, help_text="Employee number of who served.")
    lines = LineBody(many=True, min_length=1, max_length=500)
    coupons = serializers.ListField(
        child=WordField(max_length=32), max_length=20, default=list, help_text="Codes of the coupons used."
    )
    share_code = WordField(
        max_length=32, required=False, allow_blank=True, help_text="Code of the share link that led to the order."
    )
    total = MoneyField(required=False, help_text="What was paid in all; refused if the lines do not add up to it.")


class ReturnLineBody(serializers.Serializer):
    """One line that came back."""

    sku = WordField(max_length=60)
    quantity = QuantityField()
    amount = MoneyField(required=False, help_text="Money given back; else the share of what was paid for the line.")


class RefundBody(NamesMember):
    """Goods or money that came back: by ``lines``, by ``amount``, or all of it when neither is given."""

    refund_no = NumberField(help_text="Number of the return, unique in its channel.")
    returned_at = MomentField()
    store = WordField(
        max_length=40, required=False, help_text="Code or id of the store; that of the order unless given."
    )
    lines = ReturnLineBody(many=True, required=False, max_length=500)
    amount = MoneyField(required=False)


def order_draft(given: Mapping[str, Any], store_code: str) -> OrderDraft:
    """The draft of a checked order body. Raises when the member named is nobody."""
    return OrderDraft(
        channel=given["channel"],
        order_no=given["order_no"],
        paid_at=given["paid_at"],
        store_code=store_code,
        lines=[line_draft(line) for line in given["lines"]],
        guide_no=given.get("guide", ""),
        coupon_codes=given["coupons"],
        share_code=given.get("share_code", ""),
        revision=given["revision"],
        total=given.get("total"),
        **buyer(given),
    )


def return_draft(given: Mapping[str, Any], channel: str, order_no: str, store_code: str) -> ReturnDraft:
    """The draft of a checked refund body whose amounts are all known."""
    lines = [
        LineDraft(line["sku"], line["quantity"], unit_price(line["amount"], line["quantity"]), line["amount"])
        for line in given.get("lines") or ()
    ]
    return ReturnDraft(
        channel=channel,
        return_no=given["refund_no"],
        returned_at=given["returned_at"],
        store_code=store_code,
        sale_no=order_no,
        lines=lines,
        amount=given.get("amount"),
        **buyer(given),
    )


def line_draft(line: Mapping[str, Any]) -> LineDraft:
    """A line as the verb reads it."""
    return LineDraft(
        sku=line["sku"],
        quantity=line["quantity"],
        unit_price=line["unit_price"],
        amount=line.get("amount"),
        name=line.get("name", ""),
        category=line.get("category", ""),
    )


def buyer(given: Mapping[str, Any]) -> dict[str, Any]:
    """Who bought: a member by id, an identity (which may be new: it then makes a member), or nobody."""
    if given.get("identity") and not given.get("member"):
        check_kind(given["identity"])
        kind, _colon, value = given["identity"].partition(":")
        return {"identity": (kind, value)}
    return {"member_id": member_id_of(dict(given))}


def unit_price(amount: Decimal, quantity: Decimal) -> Decimal:
    """The price of one, to three decimals."""
    return (amount / quantity).quantize(Decimal("0.001"))
