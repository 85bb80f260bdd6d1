"""Export by file: coupon templates with their terms in words, and the redemption log."""

from import_export import fields

from coupons import kinds
from coupons.models import CouponEvent, CouponState, CouponTemplate
from stores.resources import SafeResource

OVER = (CouponState.USED, CouponState.EXPIRED, CouponState.VOIDED)


class TemplateResource(SafeResource):
    """Templates with what they give in one sentence."""

    terms_in_words = fields.Field(column_name="terms")

    class Meta:
        model = CouponTemplate
        fields = (
            *("id", "name", "state", "terms_in_words", "stock", "issued", "member_limit", "member_period_limit"),
            *("member_period", "budget", "budget_used", "cost_owner"),
        )

    def dehydrate_terms_in_words(self, template: CouponTemplate) -> str:
        """The terms in one sentence."""
        return kinds.sentence(template.terms) if template.terms else ""


class EventResource(SafeResource):
    """The redemption log. The code of a coupon that can still be used is not written out: who has it can use it."""

    code = fields.Field(column_name="coupon")
    template = fields.Field("coupon__template__name", "template")
    member = fields.Field("coupon__member__code", "member")
    store_code = fields.Field("store__code", "store")
    store_name = fields.Field("store__name", "store_name")

    class Meta:
        model = CouponEvent
        fields = (
            *("at", "move", "code", "template", "member", "store_code", "store_name"),
            *("order_channel", "order_no", "amount", "actor", "note"),
        )
        export_order = fields

    def dehydrate_code(self, event: CouponEvent) -> str:
        """The code, or its last four characters."""
        code = event.coupon.code
        return code if event.coupon.state in OVER else f"…{code[-4:]}"
