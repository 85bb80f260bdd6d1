"""Import and export of small tables by file: stores and staff (django-import-export maps and previews)."""

from typing import Any

from import_export import fields, resources, widgets

from stores.cells import quoted
from stores.models import Region, Staff, Store


class SafeResource(resources.ModelResource):
    """What every export shares: no cell begins a formula, in whatever kind of file."""

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        """The cell of a row, quoted where a spreadsheet would calculate it."""
        return quoted(super().export_field(field, instance, **kwargs))


class StoreResource(SafeResource):
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


class StaffResource(SafeResource):
    """Staff without anything secret."""

    store = fields.Field("store", "store", widget=widgets.ForeignKeyWidget(Store, "code"))
    region = fields.Field("region", "region", widget=widgets.ForeignKeyWidget(Region, "code"))

    class Meta:
        model = Staff
        fields = ("username", "name", "employee_no", "role", "store", "region", "is_active", "joined_on", "left_on")
