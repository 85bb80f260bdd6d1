"""Import and export of small tables by file: stores and staff (django-import-export maps and previews)."""

from import_export import fields, resources, widgets

from stores.models import Region, Staff, Store


class StoreResource(resources.ModelResource):
    """Stores by code; the region is named by its code."""

    region = fields.Field("region", "region", widget=widgets.ForeignKeyWidget(Region, "code"))

    class Meta:
        model = Store
        import_id_fields = ("code",)
        fields = (
            "code",
            "name",
            "kind",
            "region",
            "city",
            "address",
            "latitude",
            "longitude",
            "time_zone",
            "phone",
            "opened_on",
            "closed_on",
        )
        skip_unchanged = True
        use_bulk = True
        clean_model_instances = True


class StaffResource(resources.ModelResource):
    """Staff without anything secret."""

    store = fields.Field("store", "store", widget=widgets.ForeignKeyWidget(Store, "code"))
    region = fields.Field("region", "region", widget=widgets.ForeignKeyWidget(Region, "code"))

    class Meta:
        model = Staff
        fields = ("username", "name", "employee_no", "role", "store", "region", "is_active", "joined_on", "left_on")
