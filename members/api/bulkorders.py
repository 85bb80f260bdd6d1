"""POST /orders/bulk/: up to 5,000 orders or returns; one result per row, in order; bad rows do not stop good ones."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from members.api.orderbodies import CHANNEL_WORDS, OrderBody, RefundBody, order_draft, return_draft
from members.api.orders import RECEIPT, STATUSES, refused_row, summed_up, told_row
from members.api.ordersofstores import kept_elsewhere, returned_elsewhere
from members.models import LineKind
from members.orders.drafts import OrderDraft, ReturnDraft
from members.orders.intake import record_many
from stores import partners
from stores.api.errors import field_errors
from stores.api.fields import MoneyField, NumberField, WordField
from stores.api.schema import FieldErrorSerializer
from stores.api.strict import refuse_unknown
from stores.api.views import PartnerView, shared
from stores.errors import Refusal
from stores.models import PartnerKey, Scope, Store

MOST = 5000
STATUS_CHOICES = [(status, status) for status in (*STATUSES, "refused")]


class BulkReturnBody(RefundBody):
    """A return in a bulk call: names its own channel, sale and store, and says the amount of each line or in all."""

    channel = NumberField(max_length=20, default="pos", help_text=CHANNEL_WORDS)
    order_no = NumberField(required=False, allow_blank=True, help_text="The sale; empty without a receipt.")
    store = WordField(max_length=40)
    amount = MoneyField(required=False)


class BulkRowSerializer(OrderBody):
    """A row: an order, or with `"kind": "return"` a return (`refund_no`, `returned_at`, `lines` or `amount`)."""

    kind = serializers.ChoiceField([("sale", "sale"), ("return", "return")], default="sale")


class BulkBody(serializers.Serializer):
    """The rows, carried out in this order."""

    orders = BulkRowSerializer(many=True)


class RowResultSerializer(serializers.Serializer):
    """What became of one row."""

    status = serializers.ChoiceField(STATUS_CHOICES)
    id = serializers.CharField(allow_null=True, help_text="`ord_…` of an order, `ret_…` of a return.")
    member = serializers.CharField(allow_null=True)
    code = serializers.CharField(help_text="Why it was refused; empty otherwise.")
    detail = serializers.CharField()
    errors = FieldErrorSerializer(many=True)


class BulkResultSerializer(serializers.Serializer):
    """How many of each, and one result per row, in the order sent."""

    created = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    updated = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = RowResultSerializer(many=True)


class OrderBulk(PartnerView):
    """Many orders at once."""

    scopes = {"POST": Scope.ORDERS_WRITE}
    serializer_class = BulkResultSerializer
    body_limit = 32 * 1024 * 1024

    @extend_schema(
        operation_id="createOrdersInBulk",
        summary="Send up to 5,000 orders or returns",
        tags=["Orders"],
        request=BulkBody,
        responses=BulkResultSerializer,
        examples=[
            OpenApiExample(
                "a sale and a return",
                value={
                    "orders": [
                        RECEIPT,
                        {
                            "kind": "return",
                            "refund_no": "R-77",
                            "order_no": "20261121-0093",
                            "returned_at": "2026-11-22T11:00:00+08:00",
                            "store": "HZ01",
                            "amount": "12.00",
                        },
                    ]
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """One result per row, in order. Bad rows do not stop good ones. Sending the same again changes nothing."""
        rows = request.data.get("orders") if isinstance(request.data, dict) else None
        if not isinstance(rows, list) or not 1 <= len(rows) <= MOST:
            words = _("Send a list of 1 to %(most)s rows.") % {"most": MOST}
            raise ValidationError({"orders": [words]}, code="bad_rows")
        codes = store_codes(self.key, rows)
        results: list[dict[str, Any]] = [{}] * len(rows)
        drafts: dict[int, OrderDraft | ReturnDraft] = {}
        for place, row in enumerate(rows):
            try:
                drafts[place] = draft_of(row, codes)
            except ValidationError as error:
                results[place] = refused_row("invalid", _("Some values are not right."), field_errors(error))
            except Refusal as refusal:
                results[place] = refused_row(refusal.code, refusal)
        for place in of_other_stores(self.key, drafts):
            results[place] = refused_row("store_not_allowed", partners.NOT_THIS_STORE)
            del drafts[place]
        for place, outcome in zip(drafts, record_many(list(drafts.values())), strict=True):
            results[place] = told_row(outcome)
        return Response(summed_up(results))


def of_other_stores(key: PartnerKey, drafts: Mapping[int, OrderDraft | ReturnDraft]) -> list[int]:
    """Where the rows stand that would change or take back an order of a store which the key may not act for."""
    sales = {place: (one.channel, one.number) for place, one in drafts.items() if one.kind == LineKind.SALE}
    returns = {place: (one.channel, one.sale_no) for place, one in drafts.items() if isinstance(one, ReturnDraft)}
    foreign = kept_elsewhere(key, sales.values()), returned_elsewhere(key, returns.values())
    return [
        place
        for numbers, elsewhere in zip((sales, returns), foreign, strict=True)
        for place, number in numbers.items()
        if number in elsewhere
    ]


def store_codes(key: PartnerKey, rows: list[Any]) -> dict[str, str]:
    """Code by what the rows call their store, of those that the key may act for; two queries at most for all rows."""
    named = {row.get("store") for row in rows if isinstance(row, dict) and isinstance(row.get("store"), str)}
    allowed = partners.store_ids(key)
    stores = Store.objects.filter(pk__in=allowed) if allowed else Store.objects.all()
    codes = {}
    for store in stores.only("pk", "code").iterator():
        codes |= {name: store.code for name in (store.code, store.public_id) if name in named}
    return codes


def draft_of(row: Any, codes: Mapping[str, str]) -> OrderDraft | ReturnDraft:
    """The draft of a row. Raises ValidationError or a refusal."""
    kind = row.get("kind", "sale") if isinstance(row, dict) else "sale"
    if kind not in ("sale", "return"):
        raise ValidationError({"kind": [_("A row is a sale or a return.")]})
    body = shared(OrderBody if kind == "sale" else BulkReturnBody)
    if isinstance(row, dict):
        refuse_unknown(body, {name: value for name, value in row.items() if name != "kind"})
    given = body.run_validation(row)
    if given["store"] not in codes:
        raise Refusal(_("There is no such store for this key."), code="store_not_found")
    if kind == "sale":
        return order_draft(given, codes[given["store"]])
    unknown = any("amount" not in line for line in given.get("lines") or ())
    if unknown or not given.get("lines") and "amount" not in given:
        raise Refusal(_("Say the amount of each line, or of the whole return."), code="amount_missing")
    return return_draft(given, given["channel"], given.get("order_no", ""), codes[given["store"]])
