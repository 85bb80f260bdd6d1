"""How a coupon looks to a partner, and how a partner names a template."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coupons import catalogue, kinds
from coupons.models import Coupon, CouponState, CouponTemplate
from stores.api.fields import MomentField, MoneyField, PublicIdField
from stores.errors import NotFound
from stores.ids import parse_public_id, public_id


class TemplateNameSerializer(serializers.Serializer):
    """The template that a coupon was issued from."""

    id = PublicIdField("tpl")
    name = serializers.CharField()


class ReceiptSerializer(serializers.Serializer):
    """The receipt that holds the coupon."""

    channel = serializers.CharField(source="order_channel")
    order_no = serializers.CharField()


class CouponSerializer(serializers.Serializer):
    """A coupon of one member. ``face``, ``condition`` and ``sentence`` are words to show."""

    id = PublicIdField("cpn")
    code = serializers.CharField()
    status = serializers.SerializerMethodField(help_text="issued, locked, used, expired or voided.")
    template = TemplateNameSerializer()
    kind = serializers.CharField(source="terms.kind")
    face = serializers.SerializerMethodField(help_text="¥10, 8.5折, 试吃")
    condition = serializers.SerializerMethodField(help_text="满60可用")
    sentence = serializers.SerializerMethodField(help_text="满60减10，周末不可用")
    threshold = MoneyField(source="terms.threshold")
    member = serializers.SerializerMethodField(help_text="Id of the member whose coupon it is.")
    issued_at = MomentField()
    valid_from = MomentField()
    valid_until = MomentField(help_text="Exclusive.")
    locked_until = MomentField(source="lock_until", allow_null=True)
    receipt = serializers.SerializerMethodField()
    used_at = MomentField(allow_null=True)
    discount = MoneyField(allow_null=True, help_text="What came off, or would come off while locked.")
    given_back = MoneyField(allow_null=True, help_text="What returns of some of the goods took back of `discount`.")

    @extend_schema_field(serializers.ChoiceField(CouponState.choices))
    def get_status(self, coupon: Coupon) -> str:
        """Where the coupon stands now."""
        return getattr(coupon, "standing", coupon.state)

    def get_face(self, coupon: Coupon) -> str:
        """The large print."""
        return kinds.face_text(coupon.terms)

    def get_condition(self, coupon: Coupon) -> str:
        """The small print."""
        return kinds.condition_text(coupon.terms)

    def get_sentence(self, coupon: Coupon) -> str:
        """Everything in one sentence."""
        return kinds.sentence(coupon.terms)

    def get_member(self, coupon: Coupon) -> str:
        """The id of the member."""
        return public_id("mem", coupon.member_id)

    @extend_schema_field(ReceiptSerializer(allow_null=True))
    def get_receipt(self, coupon: Coupon) -> dict[str, Any] | None:
        """The receipt that locked or used it."""
        held = getattr(coupon, "standing", coupon.state) in (CouponState.LOCKED, CouponState.USED)
        return {"channel": coupon.order_channel, "order_no": coupon.order_no} if held else None


def template_named(public_id: str) -> CouponTemplate:
    """The template of an id. Raises NotFound ``template_not_found``, for drafts as well: they are HQ's own business."""
    try:
        pk = parse_public_id("tpl", public_id)
    except NotFound:
        pk = 0
    rows = catalogue.in_use().select_related("terms")
    template = rows.filter(pk=pk).first()
    if template is None:
        raise NotFound(_("There is no such coupon template."), code="template_not_found", extra={"field": "template"})
    return template
