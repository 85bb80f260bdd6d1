"""Staff and their postings in the admin. Hiring, transferring and leaving go through the verbs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, ReadOnlyPasswordHashField
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm
from unfold.widgets import UnfoldAdminPasswordWidget

from stores import staff as verbs
from stores.admin.base import HqAdmin, LookOnlyInline, NoDeleteMixin, ReadOnlyAdmin
from stores.models import Posting, Staff
from stores.resources import StaffResource

admin.site.unregister(Group)  # rights go by role alone (stores.rights)


class HiringForm(BaseUserCreationForm):
    """What HR enters for a new member of staff."""

    password1 = forms.CharField(label=_("Password"), widget=UnfoldAdminPasswordWidget)
    password2 = forms.CharField(label=_("Password again"), widget=UnfoldAdminPasswordWidget)

    class Meta:
        model = Staff
        fields = ("username", "name", "employee_no", "phone", "role", "store", "region")


class StaffForm(forms.ModelForm):
    """What may be changed about somebody who works here; the password only through its own page."""

    password = ReadOnlyPasswordHashField(label=_("Password"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "password" in self.fields:
            link = format_html('<a class="text-primary-600 underline" href="../password/">{}</a>', _("Set a password"))
            self.fields["password"].help_text = link

    class Meta:
        model = Staff
        fields = ("username", "name", "employee_no", "phone", "role", "store", "region", "password")


class PostingInline(LookOnlyInline):
    """Where the person has worked."""

    model = Posting
    fk_name = "staff"
    fields = ("role", "store", "region", "started_at", "ended_at", "reason", "changed_by")


@admin.register(Staff)
class StaffAdmin(NoDeleteMixin, ExportMixin, HqAdmin):
    """The people who work here."""

    resource_classes = (StaffResource,)
    export_form_class = ExportForm
    form = StaffForm
    list_display = ("name", "username", "employee_no", "role", "store", "region", "is_active")
    change_password_form = AdminPasswordChangeForm
    change_user_password_template = None
    user_change_password = UserAdmin.user_change_password
    list_filter = (("role", ChoicesDropdownFilter), ("store", RelatedDropdownFilter), "is_active")
    search_fields = ("name", "username", "employee_no")
    list_select_related = ("store", "region")
    autocomplete_fields = ("store", "region")
    readonly_fields = ("is_active", "joined_on", "left_on", "last_login")
    inlines = (PostingInline,)
    actions = ("let_go",)
    fieldsets = (
        (None, {"fields": ("username", "name", "employee_no", "phone", "password")}),
        (_("Place"), {"fields": ("role", "store", "region")}),
        (_("Employment"), {"fields": ("is_active", "joined_on", "left_on", "last_login")}),
    )
    looking_fieldsets = (
        (None, {"fields": ("username", "name", "employee_no")}),
        *fieldsets[1:],
    )
    hiring_fieldsets = (
        (None, {"fields": ("username", "name", "employee_no", "phone", "password1", "password2")}),
        (_("Place"), {"fields": ("role", "store", "region")}),
    )

    def get_urls(self) -> list[URLPattern]:
        """With the page that sets somebody's password."""
        page = self.admin_site.admin_view(self.user_change_password)
        return [path("<id>/password/", page, name="stores_staff_password"), *super().get_urls()]

    def get_form(self, request: HttpRequest, obj: Staff | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The hiring form for somebody new."""
        return super().get_form(request, obj, change, **(kwargs if obj else kwargs | {"form": HiringForm}))

    def get_fieldsets(self, request: HttpRequest, obj: Staff | None = None) -> Any:
        """Fewer fields for somebody new; neither phone nor password for who may only look."""
        if obj is None:
            return self.hiring_fieldsets
        return self.fieldsets if self.has_change_permission(request, obj) else self.looking_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Staff | None = None) -> Any:
        """Nothing is read-only about somebody new."""
        return self.readonly_fields if obj else ()

    def save_model(self, request: HttpRequest, obj: Staff, form: Any, change: bool) -> None:
        """Hire and transfer through the verbs, so that the history of postings is kept."""
        if not change:
            fields = {name: form.cleaned_data[name] for name in HiringForm.Meta.fields}
            hired = verbs.hire(**fields, password=form.cleaned_data["password1"], by=request.user)
            obj.pk = hired.pk
            return
        super().save_model(request, obj, form, change)
        if {"role", "store", "region"} & set(form.changed_data):
            verbs.transfer(obj, role=obj.role, store=obj.store, region=obj.region, by=request.user)

    @action(description=_("Has left: end all access now"), permissions=["change"])
    def let_go(self, request: HttpRequest, queryset: Any) -> None:
        """End the employment of the chosen people."""
        self.run_verb(request, queryset, lambda person: verbs.leave(person, by=request.user), _("Left"))


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin):
    """The history of who worked where."""

    list_display = ("staff", "role", "store", "region", "started_at", "ended_at", "reason")
    list_select_related = ("staff", "store", "region")
    search_fields = ("staff__name__startswith",)
