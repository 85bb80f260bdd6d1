"""The form of a campaign: its rhythm by fields or as a rule, and the rows beside it: early access, messages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from campaigns.memberdays import patterns
from campaigns.memberdays.dates import first_dates
from campaigns.models import CampaignKind, CampaignMessage, EarlyAccess, MemberDay, MemberDayOccurrence
from stores.admin.base import LookOnlyInline
from stores.errors import Refusal


class MemberDayForm(forms.ModelForm):
    """Refuses a rhythm that has no dates, in words. What is chosen by fields becomes the rule."""

    pattern = forms.ChoiceField(
        label=_("comes"), choices=patterns.PATTERNS, required=False, widget=UnfoldAdminSelectWidget
    )
    month_days = forms.CharField(
        label=_("days of the month"),
        required=False,
        max_length=60,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Several with commas; -1 is the last day."),
    )
    nth = forms.ChoiceField(label=_("which"), choices=patterns.NTH, required=False, widget=UnfoldAdminSelectWidget)
    weekdays = forms.MultipleChoiceField(
        label=_("weekdays"), choices=patterns.WEEKDAYS, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = MemberDay
        fields = (
            *("name", "kind", "recurrence", "starts_on", "ends_on", "tiers", "stores", "opted_out", "segment"),
            *("growth_factor", "points_factor", "coupon_template", "issue_days_before", "invite_days_before"),
            *("invite_most", "holdout_percent"),
        )
        widgets = {"kind": UnfoldAdminRadioSelectWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" not in self.fields:
            return  # to look at only
        rule = self.instance.recurrence if self.instance.pk else "FREQ=MONTHLY;BYMONTHDAY=8"
        for name, value in patterns.fields_of(rule).items():
            self.fields[name].initial = value
        for name in ("kind", "invite_most", "holdout_percent", "issue_days_before"):
            self.fields[name].required = False  # as in the model unless said otherwise

    def clean(self) -> dict[str, Any]:
        """Make the rule, and try it."""
        data = super().clean()
        for name in ("kind", "invite_most", "holdout_percent", "issue_days_before"):
            if data.get(name) in (None, ""):
                data[name] = MemberDay._meta.get_field(name).default
        try:
            if data["kind"] == CampaignKind.DATED:
                data["recurrence"] = ""
            elif data.get("pattern") and data["pattern"] != patterns.RULE:
                chosen = {name: data.get(name, "") for name in ("month_days", "weekdays", "nth")}
                data["recurrence"] = patterns.rule_of(data["pattern"], **chosen)
            if data.get("starts_on") and "ends_on" in data:
                named = {name: data.get(name) for name in ("kind", "recurrence", "starts_on", "ends_on")}
                first_dates(MemberDay(**named), n=1)
        except Refusal as refusal:
            self.add_error("ends_on" if data["kind"] == CampaignKind.DATED else "recurrence", str(refusal))
        return data


class CampaignMessageForm(forms.ModelForm):
    """The channel is that of the words."""

    class Meta:
        model = CampaignMessage
        fields = ("message", "days_before", "at_hour")

    def clean(self) -> dict[str, Any]:
        """Note the channel."""
        data = super().clean()
        if data.get("message"):
            self.instance.channel = data["message"].channel
        return data


class CampaignMessageFormSet(forms.BaseInlineFormSet):
    """At most one message on each channel: a member is told of a date once."""

    def clean(self) -> None:
        """Refuse a second message on a channel."""
        super().clean()
        kept = [form for form in self.forms if form.cleaned_data.get("message") and not self._should_delete_form(form)]
        channels = [form.cleaned_data["message"].channel for form in kept]
        if len(channels) > len(set(channels)):
            raise forms.ValidationError(_("A campaign has one message on each channel. Take one of the two away."))


class EarlyAccessInline(TabularInline):
    """Tiers that begin early."""

    model = EarlyAccess
    extra = 0
    tab = True
    autocomplete_fields = ("tier",)
    fields = ("tier", "days")


class CampaignMessageInline(TabularInline):
    """The words that members are sent for each date."""

    model = CampaignMessage
    form = CampaignMessageForm
    formset = CampaignMessageFormSet
    extra = 0
    tab = True
    fields = ("message", "days_before", "at_hour")


class OccurrenceInline(LookOnlyInline):
    """The dates planned so far, each with its coupon run and its members."""

    model = MemberDayOccurrence
    tab = True
    fields = ("on", "until", "issue_run", "members", "held_out", "planned_at")
