"""Export of small tables by file: coupon templates with their terms in words."""

from import_export import fields

from coupons import kinds
from coupons.models import CouponTemplate
from stores.resources import SafeResource


class TemplateResource(SafeResource):
    """Templates with what they give in one sentence."""

    terms_in_words = fields.Field(column_name="terms")

    class Meta:
        model = CouponTemplate
        fields = ("id", "name", "state", "terms_in_words", "stock", "issued", "member_limit", "budget", "budget_used")

    def dehydrate_terms_in_words(self, template: CouponTemplate) -> str:
        """The terms in one sentence."""
        return kinds.sentence(template.terms) if template.terms else ""
