"""What is asked for a quote and what it answers."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.pricing.deals import Family
from campaigns.quotes import Cart, CartLine
from campaigns.quotes.answers import NotApplied
from members.api.naming import NamesMember
from members.api.orderbodies import CHANNEL_WORDS, PriceField
from stores.api.fields import MomentField, MoneyField, NumberField, QuantityField, WordField
from stores.api.problems import plain
from stores.errors import NotFound
from stores.ids import parse_public_id

BEST = "best"
MOST_LINES, MOST_PIECES, MOST_CODES = 200, 2000, 20
OR_LIST = {
    "oneOf": [{"type": "string", "const": BEST}, {"type": "array", "items": {"type": "string"}}],
    "default": BEST,
}


@extend_schema_field({**OR_LIST, "examples": [BEST, ["7ZK2M9QX4TB8VN3RD"], []]})
class BestOrListField(serializers.Field):
    """``"best"``, or a list of texts. Reads as None or the list."""

    default_error_messages = {
        "choice": _("Write “best”, or a list."),
        "long": _("At most %(most)s.") % {"most": MOST_CODES},
    }

    def to_internal_value(self, data: Any) -> list[str] | None:
        """None for the best. Fails with ``choice`` or ``long``."""
        if data == BEST:
            return None
        if not isinstance(data, list) or not all(isinstance(one, str) and 0 < len(one.strip()) <= 40 for one in data):
            self.fail("choice")
        if len(data) > MOST_CODES:
            self.fail("long")
        return list(dict.fromkeys(one.strip() for one in data))


class QuoteLineBody(serializers.Serializer):
    """One line of the cart, at list price."""

    id = WordField(max_length=40, required=False, help_text="What you call the line; its place, from 1, unless given.")
    sku = WordField(max_length=60)
    quantity = QuantityField(help_text="Whole numbers are pieces; others are weight.")
    unit_price = PriceField(help_text="List price of a piece or of a unit of weight.")
    category = WordField(
        max_length=80,
        required=False,
        allow_blank=True,
        help_text="Name of the category; used for products not on file.",
    )


class QuoteBody(NamesMember):
    """A cart, where it is, whose it is, and which moment counts. Without a member: what anybody gets."""

    channel = NumberField(max_length=20, default="pos", help_text=CHANNEL_WORDS)
    store = WordField(max_length=40, help_text="Code or id of the store.")
    at = MomentField(required=False, help_text="For another moment than now, a coming one too.")
    order_no = NumberField(required=False, help_text="Receipt that may have locked coupons before.")
    lines = QuoteLineBody(many=True, min_length=1, max_length=MOST_LINES)
    delivery = MoneyField(required=False, help_text="What bringing it home costs; 0.00 unless given.")
    coupons = BestOrListField(
        required=False, default=None,
        help_text="`best` of the member's wallet; or codes: these and no others, as far as they go; `[]` for none.",
    )  # fmt: skip
    promotions = BestOrListField(
        required=False, default=None, help_text="`best`, or ids (`prm_…`): these and no others, as far as they go."
    )

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each line has a name of its own, and all together are no more than a cart can hold."""
        names = [line.get("id") or str(nth) for nth, line in enumerate(lines, start=1)]
        if len(set(names)) < len(names):
            raise serializers.ValidationError(_("Two lines have the same id."), code="line_named_twice")
        pieces = sum(line["quantity"] for line in lines if line["quantity"] == line["quantity"].to_integral_value())
        if pieces > MOST_PIECES:
            raise serializers.ValidationError(
                _("A cart of at most %(most)s pieces can be quoted.") % {"most": MOST_PIECES}, code="too_many_pieces"
            )
        return [line | {"id": name} for line, name in zip(lines, names, strict=True)]

    def validate_promotions(self, ids: list[str] | None) -> list[int] | None:
        """The keys behind public ids."""
        try:
            return None if ids is None else [parse_public_id("prm", one) for one in ids]
        except NotFound:
            raise serializers.ValidationError(_("This is no id of a promotion."), code="bad_id") from None


def cart_of(given: dict[str, Any]) -> Cart:
    """The cart of a checked body."""
    lines = [
        CartLine(line["id"], line["sku"], line["quantity"], line["unit_price"], line.get("category", ""))
        for line in given["lines"]
    ]
    return Cart(lines, given["delivery"]) if "delivery" in given else Cart(lines)


class GiftSerializer(serializers.Serializer):
    """Something to hand over with the goods."""

    name = serializers.CharField()
    sku = serializers.CharField(help_text="Empty when it is no product.")
    quantity = serializers.IntegerField()


OFFER_WORDS = "Id of the promotion (`prm_…`) or benefit (`ben_…`), or the code of the coupon."
FAMILIES = [(family.value, family.value) for family in Family]


class OfferSerializer(serializers.Serializer):
    """A promotion, a benefit of the tier or a coupon."""

    offer = serializers.CharField(source="offer.id", help_text=OFFER_WORDS)
    family = serializers.ChoiceField(FAMILIES, source="offer.family")
    kind = serializers.CharField(source="offer.kind", help_text="`full_reduction`, `amount_off`, `percent_off`, …")
    name = serializers.CharField(source="offer.name")
    sentence = serializers.CharField(help_text="For people; a cashier can read it aloud.")


class ShareSerializer(serializers.Serializer):
    """The part of an offer that falls on a line."""

    offer = serializers.CharField(source="offer.id", help_text=OFFER_WORDS)
    off = MoneyField()
    pieces = serializers.IntegerField(help_text="Pieces of the line that it used up, 0 where pieces do not matter.")
    sentence = serializers.CharField()


class QuotedLineSerializer(serializers.Serializer):
    """A line with what comes off it. `list` = `off` + `to_pay`; the shares add up to `off`."""

    id = serializers.CharField(source="line.line")
    sku = serializers.CharField(source="line.sku")
    name = serializers.CharField(help_text="The product's name on file, else its SKU.")
    quantity = QuantityField(source="line.quantity")
    list = MoneyField(source="amount")
    off = MoneyField()
    to_pay = MoneyField(help_text="Send this as `amount` of the line in the order.")
    shares = ShareSerializer(many=True)


class AppliedSerializer(OfferSerializer):
    """An offer that was taken, in the order in which they are taken off."""

    base = MoneyField(help_text="What was left to pay of its lines before it: the `amount` to redeem a coupon with.")
    off = MoneyField(help_text="Off the goods.")
    delivery_off = MoneyField()
    gifts = GiftSerializer(many=True)


class NotAppliedSerializer(serializers.Serializer):
    """An offer that was not taken. Decide by `code`, read `sentence` aloud; `short` and others come as data."""

    offer = serializers.CharField(source="offer.id", help_text=OFFER_WORDS)
    family = serializers.ChoiceField(FAMILIES, source="offer.family")
    kind = serializers.CharField(source="offer.kind")
    name = serializers.CharField(source="offer.name")
    code = serializers.CharField(help_text="Stable, snake_case: `threshold_not_met`, `stack_conflict`, …")
    sentence = serializers.CharField()

    def to_representation(self, instance: NotApplied) -> dict[str, Any]:
        """With the small data of the reason, which never hides what is always there."""
        extra = {name: plain(value) for name, value in instance.extra.items()}
        return extra | super().to_representation(instance)


class NextStepSerializer(OfferSerializer):
    """What is missing for more: `short` yuan or `pieces` on the lines of the offer; `gain` more then comes off."""

    short = MoneyField()
    pieces = serializers.IntegerField()
    gain = MoneyField(help_text="0.00 where a gift follows, or it depends on the piece.")


class QuoteSerializer(serializers.Serializer):
    """What the cart costs and why. `list_total` - `off` + `delivery` - `delivery_off` = `to_pay`."""

    at = MomentField()
    list_total = MoneyField()
    off = MoneyField()
    delivery = MoneyField()
    delivery_off = MoneyField()
    to_pay = MoneyField()
    lines = QuotedLineSerializer(many=True)
    applied = AppliedSerializer(many=True)
    not_applied = NotAppliedSerializer(many=True)
    next_steps = NextStepSerializer(many=True)
    gifts = GiftSerializer(many=True)
    points = serializers.IntegerField(help_text="Points that paying it would earn.")
    growth = serializers.IntegerField(help_text="Growth value that paying it would earn.")
