"""How a coupon looks to a partner, and how a partner names a template."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from coupons import catalogue, kinds
from coupons.models import Coupon, CouponState, CouponTemplate
from stores.api.fields import MomentField, MoneyField, PublicIdField, moment, money
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
    """A coupon of one member. ``face``, ``condition`` and ``sentence`` are words to show.

    The fields describe it; what is sent is written out in ``to_representation``, since a till waits for it.
    """

    id = PublicIdField("cpn")
    code = serializers.CharField()
    status = serializers.ChoiceField(CouponState.choices, help_text="issued, locked, used, expired or voided.")
    template = TemplateNameSerializer()
    kind = serializers.CharField(source="terms.kind")
    face = serializers.CharField(help_text="¥10, 8.5折, 试吃")
    condition = serializers.CharField(help_text="满60可用")
    sentence = serializers.CharField(help_text="满60减10，周末不可用")
    threshold = MoneyField(source="terms.threshold")
    member = serializers.CharField(help_text="Id of the member whose coupon it is.")
    issued_at = MomentField()
    valid_from = MomentField()
    valid_until = MomentField(help_text="Exclusive.")
    locked_until = MomentField(source="lock_until", allow_null=True)
    receipt = ReceiptSerializer(allow_null=True)
    used_at = MomentField(allow_null=True)
    discount = MoneyField(allow_null=True, help_text="What came off, or would come off while locked.")
    given_back = MoneyField(allow_null=True, help_text="What returns of some of the goods took back of `discount`.")

    def to_representation(self, coupon: Coupon) -> dict[str, Any]:
        """The values of the fields above, in their order."""
        terms, status = coupon.terms, getattr(coupon, "standing", coupon.state)
        zone = timezone.get_current_timezone()
        face, condition, sentence = kinds.words(terms)
        is_held = status in (CouponState.LOCKED, CouponState.USED)
        return {
            "id": public_id("cpn", coupon.pk),
            "code": coupon.code,
            "status": status,
            "template": {"id": public_id("tpl", coupon.template_id), "name": coupon.template.name},
            "kind": terms.kind,
            "face": face,
            "condition": condition,
            "sentence": sentence,
            "threshold": money(terms.threshold),
            "member": public_id("mem", coupon.member_id),
            "issued_at": moment(coupon.issued_at, zone),
            "valid_from": moment(coupon.valid_from, zone),
            "valid_until": moment(coupon.valid_until, zone),
            "locked_until": moment(coupon.lock_until, zone),
            "receipt": {"channel": coupon.order_channel, "order_no": coupon.order_no} if is_held else None,
            "used_at": moment(coupon.used_at, zone),
            "discount": None if coupon.discount is None else money(coupon.discount),
            "given_back": None if coupon.given_back is None else money(coupon.given_back),
        }


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
