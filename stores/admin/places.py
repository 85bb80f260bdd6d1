"""Regions and stores in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from import_export.admin import ImportExportModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.contrib.import_export.forms import ExportForm

from stores.admin.base import HqAdmin, NoDeleteMixin
from stores.admin.uploads import TableForm
from stores.models import Region, Store
from stores.places import place_region
from stores.resources import StoreResource


class RegionForm(forms.ModelForm):
    """Refuses a region that would lie below itself."""

    class Meta:
        model = Region
        fields = ("code", "name", "parent")

    def clean_parent(self) -> Region | None:
        """The parent, unless it lies below this region."""
        parent = self.cleaned_data["parent"]
        if parent and self.instance.path and parent.path.startswith(self.instance.path):
            raise forms.ValidationError(_("A region cannot lie below itself."))
        return parent


@admin.register(Region)
class RegionAdmin(NoDeleteMixin, HqAdmin):
    """The tree of regions."""

    form = RegionForm
    list_display = ("name", "code", "parent")
    search_fields = ("name", "code")
    list_select_related = ("parent",)
    autocomplete_fields = ("parent",)

    def save_model(self, request: HttpRequest, obj: Region, form: Any, change: bool) -> None:
        """Save through the verb that keeps the paths of the tree."""
        place_region(obj)


@admin.register(Store)
class StoreAdmin(NoDeleteMixin, ImportExportModelAdmin, HqAdmin):
    """The stores, with import and export."""

    resource_classes = (StoreResource,)
    import_form_class = TableForm
    export_form_class = ExportForm
    list_display = ("name", "code", "kind", "region", "city", "time_zone", "opened_on")
    list_filter = (("kind", ChoicesDropdownFilter), ("region", RelatedDropdownFilter))
    search_fields = ("name", "code", "city")
    list_select_related = ("region",)
    autocomplete_fields = ("region",)
    fieldsets = (
        (None, {"fields": ("code", "name", "kind", "region")}),
        (None, {"fields": ("city", "address", "latitude", "longitude", "time_zone", "phone")}),
        (None, {"fields": ("opened_on", "closed_on")}),
    )
