"""The page of looks: who saw whole phone numbers or took data out, when, and why."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTextInputWidget

from members.privacy import looks
from members.profiles import REVEALS_PER_DAY
from stores.models import Staff
from stores.staff import named

SHOWN_DAYS = 30


class LooksForm(forms.Form):
    """What the list is narrowed to; without a day, the last thirty."""

    by = forms.CharField(
        label=_("who looked"),
        required=False,
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Name, user name or employee number"),
    )
    since = forms.DateField(label=_("from"), required=False, widget=UnfoldAdminDateWidget)
    until = forms.DateField(label=_("until and with"), required=False, widget=UnfoldAdminDateWidget)

    def clean_by(self) -> Staff | None:
        """The one person who is meant."""
        text = self.cleaned_data["by"].strip()
        person = named(text) if text else None
        if text and person is None:
            raise forms.ValidationError(_("Nobody or more than one person is called so."))
        return person

    def window(self) -> dict[str, Any]:
        """From when to when, days being those of the chain's zone."""
        first = self.cleaned_data["since"] or timezone.localdate() - timedelta(days=SHOWN_DAYS)
        last = self.cleaned_data["until"]
        return {"since": _midnight(first), "until": _midnight(last + timedelta(days=1)) if last else None}


def reveals_page(request: HttpRequest) -> HttpResponse:
    """Looks of the chosen days, and who looked most often."""
    if not request.user.sees_all:
        raise PermissionDenied
    form = LooksForm(request.GET)
    rows, most, more = [], [], ""
    if form.is_valid():
        by, window = form.cleaned_data["by"], form.window()
        before = _position(request.GET.get("before", ""))
        rows = looks.looks(request.user, by=by.pk if by else None, before=before, **window)
        most = looks.most_looks(request.user, **window)
        if len(rows) == looks.PAGE:
            asked = {name: value for name, value in request.GET.items() if name != "before" and value}
            more = "?" + urlencode({**asked, "before": f"{rows[-1].at.isoformat()}|{rows[-1].pk}"})
    context = {
        **admin.site.each_context(request),
        "title": _("Looks at whole numbers"),
        "form": form,
        "rows": rows,
        "most": most,
        "cap": REVEALS_PER_DAY.value,
        "more": more,
    }
    return TemplateResponse(request, "members/hq/reveals.html", context)


def _position(text: str) -> tuple[datetime, int] | None:
    moment, _bar, number = text.partition("|")
    try:
        return datetime.fromisoformat(moment).astimezone(), int(number)
    except (ValueError, OverflowError):
        return None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
