"""Lists of members in the admin: uploaded, with what the rows led to; deleted when nothing needs them any more."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from members import memberlists
from members.models import ListedMember, MemberList
from stores.admin.base import ReadOnlyAdmin
from stores.errors import Refusal


class ListForm(forms.Form):
    """The file, and what the list is called."""

    name = forms.CharField(label=_("Name of the list"), max_length=80, widget=UnfoldAdminTextInputWidget)
    file = forms.FileField(label=_("File: Excel (.xlsx), CSV or CSV.gz"), widget=UnfoldAdminFileFieldWidget)


@admin.register(MemberList)
class MemberListAdmin(ReadOnlyAdmin):
    """Every list that somebody brought along."""

    list_display = ("name", "found", "rows", "left_over", "created_by", "created_at")
    list_select_related = ("created_by",)
    search_fields = ("name__icontains",)
    readonly_fields = ("outcome",)
    fields = ("name", "outcome", "created_by", "created_at")
    actions = ("forget",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Marketers bring lists along."""
        return request.user.has_perm("members.add_memberlist")

    def has_forget_permission(self, request: HttpRequest) -> bool:
        """Whoever may bring a list along may delete it."""
        return self.has_add_permission(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Take the file; a bad one gets its one sentence beside the field, and what its rows were."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, away = ListForm(request.POST or None, request.FILES or None), {}
        if form.is_valid():
            try:
                taken = memberlists.take_in(form.cleaned_data["file"], form.cleaned_data["name"], by=request.user)
            except Refusal as refusal:
                form.add_error("name" if refusal.code == "name_missing" else "file", str(refusal))
                away = refusal.extra.get("turned_away", {})
            else:
                self.message_user(request, _("%(count)s members are on the list.") % {"count": f"{taken.found:,}"})
                return HttpResponseRedirect(reverse("admin:members_memberlist_change", args=[taken.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Upload a list of members"),
            "opts": self.model._meta,
            "form": form,
            "away": told(away),
            "most": memberlists.MOST_ROWS.value,
        }
        return TemplateResponse(request, "members/hq/upload_list.html", context)

    @admin.display(description=_("rows turned away"))
    def left_over(self, one: MemberList) -> str:
        """How many rows led to nobody new."""
        return f"{one.rows - one.found:,}" if one.rows > one.found else "—"

    @admin.display(description=_("result"))
    def outcome(self, one: MemberList) -> str:
        """Whom the rows led to, whom of them there still is, and which rows led nowhere."""
        context = {"list": one, "living": memberlists.living_on(one), "away": told(one.turned_away)}
        return render_to_string("members/hq/_list_outcome.html", context)

    @action(description=_("Delete the list"), permissions=["forget"])
    def forget(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Forget the chosen lists; a list that is still needed stays and says why."""
        self.run_verb(request, queryset, memberlists.delete, _("Deleted"))


def told(away: dict[str, Any]) -> list[tuple[Any, int, str]]:
    """The reasons in words, how many rows, and the first lines."""
    return [
        (memberlists.WHY_NOT[why], rows["count"], ", ".join(map(str, rows["lines"])))
        for why, rows in away.items()
        if why in memberlists.WHY_NOT
    ]


@admin.register(ListedMember)
class ListedMemberAdmin(ReadOnlyAdmin):
    """Who is on which list."""

    list_display = ("member", "member_list")
    list_select_related = ("member", "member_list")
    list_filter = (("member_list", RelatedDropdownFilter),)
    search_fields = ("member__code",)
    search_help_text = _("Member code")
