"""The change history: all tables on one page, and one row's own behind the button "history" of its page."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from pghistory.models import Events
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from stores import history
from stores.errors import Refusal
from stores.historywords import Change
from stores.models import Staff
from stores.staff import named

# The library's own list would gather all tables at once; ours asks each for one page.
if admin.site.is_registered(Events):
    admin.site.unregister(Events)


class ChangesForm(forms.Form):
    """What the list is narrowed to."""

    table = forms.ChoiceField(label=_("table"), required=False, widget=UnfoldAdminSelectWidget)
    by = forms.CharField(
        label=_("changed by"),
        required=False,
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Name, user name or employee number"),
    )
    since = forms.DateField(label=_("from"), required=False, widget=UnfoldAdminDateWidget)
    until = forms.DateField(label=_("until and with"), required=False, widget=UnfoldAdminDateWidget)

    def __init__(self, *args: Any, viewer: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tables = history.tables_for(viewer).items()
        names = [(label, str(one.pgh_tracked_model._meta.verbose_name)) for label, one in tables]
        self.fields["table"].choices = [("", _("All")), *sorted(names, key=lambda pair: pair[1])]

    def clean_by(self) -> Staff | None:
        """The one person who is meant."""
        text = self.cleaned_data["by"].strip()
        person = named(text) if text else None
        if text and person is None:
            raise forms.ValidationError(_("Nobody or more than one person is called so."))
        return person

    def narrowed(self) -> dict[str, Any]:
        """The filters as ``history.latest`` takes them; days are those of the chain's zone."""
        given = self.cleaned_data
        until = given["until"] + timedelta(days=1) if given["until"] else None
        return {
            "table": given["table"],
            "by": given["by"].pk if given["by"] else None,
            "since": _midnight(given["since"]) if given["since"] else None,
            "until": _midnight(until) if until else None,
        }


def changes_page(request: HttpRequest) -> HttpResponse:
    """The latest changes of all tables that the person may look at."""
    if not request.user.sees_all:
        raise PermissionDenied
    form = ChangesForm(request.GET, viewer=request.user)
    changes: list[Change] = []
    if form.is_valid():
        try:
            changes = history.latest(request.user, after=request.GET.get("after", ""), **form.narrowed())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    more = ""
    if len(changes) == history.PAGE:
        asked = {name: value for name, value in request.GET.items() if name != "after" and value}
        more = "?" + urlencode({**asked, "after": changes[-1].key})
    context = {
        **admin.site.each_context(request),
        "title": _("Change history"),
        "form": form,
        "rows": [(change, address(change)) for change in changes],
        "more": more,
    }
    return TemplateResponse(request, "stores/hq/changes.html", context)


def address(change: Change) -> str:
    """The page of the row in the admin; nothing when it is gone or has none."""
    try:
        name = f"admin:{change.model._meta.app_label}_{change.model._meta.model_name}_change"
        return reverse(name, args=[change.pk]) if change.is_there else ""
    except NoReverseMatch:
        return ""


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
