"""Import and export by file: tiers, products, tags; and the uses of benefits, to take away."""

from import_export import fields, widgets

from members.models import BenefitUse, Category, Product, Tag, TagGroup, Tier
from stores.resources import SafeResource


class TierResource(SafeResource):
    """Tiers by code. What they need is shown; only rules change it."""

    threshold = fields.Field("threshold", "threshold", readonly=True)

    class Meta:
        model = Tier
        import_id_fields = ("code",)
        fields = ("code", "name", "threshold", "purpose", "look")
        skip_unchanged = True
        clean_model_instances = True


class ProductResource(SafeResource):
    """Products by SKU; a category that is not there yet is an error, not a new category."""

    category = fields.Field("category", "category", widget=widgets.ForeignKeyWidget(Category, "name"))

    class Meta:
        model = Product
        import_id_fields = ("sku",)
        fields = ("sku", "name", "category")
        skip_unchanged = True
        use_bulk = True
        clean_model_instances = True


class TagResource(SafeResource):
    """Tags by group and name."""

    group = fields.Field("group", "group", widget=widgets.ForeignKeyWidget(TagGroup, "name"))

    class Meta:
        model = Tag
        import_id_fields = ("group", "name")
        fields = ("group", "name", "is_active", "position")
        skip_unchanged = True
        clean_model_instances = True


class BenefitUseResource(SafeResource):
    """Uses of benefits as a list: member codes, no names and no numbers."""

    member = fields.Field("member__code", "member")
    tier = fields.Field("benefit__tier__name", "tier")
    benefit = fields.Field("benefit__title", "benefit")
    kind = fields.Field("benefit__kind", "kind")
    store = fields.Field("store__code", "store")
    made_by = fields.Field("made_by__employee_no", "made_by")

    class Meta:
        model = BenefitUse
        fields = ("used_at", "member", "tier", "benefit", "kind", "store", "made_by", "reference", "taken_back_at")
        export_order = fields
