"""Forms about tiers in the admin: a draft of rules with a number per tier, and a tier given by hand."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from members.membercodes import is_valid
from members.models import Member, MemberState, Tier, TierRules
from members.tiering import tierrules
from stores.errors import Refusal

DAYS = ("window_days", "review_days", "notice_days", "grace_days")
HELP = {
    "window_days": _("Growth value counts for this many days, the day of the order included."),
    "review_days": _("This long after a tier was reached or kept, its growth value is looked at again."),
    "notice_days": _("So many days before the review, guides and members are told what is missing."),
    "grace_days": _("After a review that was not passed, so many days to win the tier back. 0: it falls at once."),
}


class RulesForm(forms.Form):
    """One number per tier, four numbers of days, and what becomes of those who fall short."""

    downgrades = forms.ChoiceField(
        label=_("Members who no longer reach their tier"),
        choices=TierRules.Downgrades.choices,
        widget=UnfoldAdminRadioSelectWidget,
        initial=TierRules.Downgrades.AT_REVIEW,
    )
    note = forms.CharField(label=_("What it is for"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, rules: TierRules | None = None, **kwargs: Any) -> None:
        """With the numbers of the draft, or of the rules in force."""
        super().__init__(*args, **kwargs)
        self.tiers = list(Tier.objects.order_by("threshold", "pk"))
        present = tierrules.current()
        shown = tierrules.version_of(rules, on=None) if rules else present
        for tier in self.tiers:
            self.fields[f"need_{tier.pk}"] = forms.IntegerField(
                label=tier.name,
                required=present.rank(tier.pk) >= 0,
                initial=shown.need(tier.pk) if shown.rank(tier.pk) >= 0 else None,
                widget=UnfoldAdminIntegerFieldWidget,
                help_text=_("not in force yet; leave empty to wait") if present.rank(tier.pk) < 0 else "",
            )
        for name in DAYS:
            label = TierRules._meta.get_field(name).verbose_name
            self.fields[name] = forms.IntegerField(
                label=label, initial=getattr(shown, name), widget=UnfoldAdminIntegerFieldWidget, help_text=HELP[name]
            )
        if rules:
            self.initial |= {"downgrades": rules.downgrades, "note": rules.note}
        self.present = present

    def needs(self) -> Iterator[tuple[Tier, forms.BoundField, int | None]]:
        """Each tier with its field and what it needs now."""
        for tier in self.tiers:
            yield tier, self[f"need_{tier.pk}"], tier.threshold

    def days(self) -> list[forms.BoundField]:
        """The fields of days."""
        return [self[name] for name in DAYS]

    def entered(self) -> dict[str, Any]:
        """What was entered, as members.tiering.tierrules takes it. Only after ``is_valid``."""
        data = self.cleaned_data
        needs = {tier.pk: data[f"need_{tier.pk}"] for tier in self.tiers if data[f"need_{tier.pk}"] is not None}
        return {"needs": needs, "downgrades": data["downgrades"], "note": data["note"]} | {
            name: data[name] for name in DAYS
        }

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal beside the number it is about."""
        about = next((tier for tier in self.tiers if tier.code == refusal.extra.get("tier")), None)
        by_code = {"bad_days": "window_days", "bad_notice": "notice_days", "bad_grace": "grace_days"}
        self.add_error(f"need_{about.pk}" if about else by_code.get(refusal.code), str(refusal))


class GrantForm(forms.Form):
    """Who gets which tier, from when, until when, and why."""

    member = forms.CharField(label=_("Member code"), max_length=20, widget=UnfoldAdminTextInputWidget)
    tier = forms.ModelChoiceField(
        label=_("tier"), queryset=Tier.objects.filter(threshold__gt=0), widget=UnfoldAdminSelectWidget
    )
    starts_on = forms.DateField(
        label=_("from"), required=False, widget=UnfoldAdminSingleDateWidget, help_text=_("Empty: from today.")
    )
    ends_on = forms.DateField(label=_("until and with"), widget=UnfoldAdminSingleDateWidget)
    reason = forms.CharField(label=_("reason"), max_length=200, widget=UnfoldAdminTextInputWidget)

    def clean_member(self) -> Member:
        """The living member with this code."""
        code = self.cleaned_data["member"].replace(" ", "")
        found = Member.objects.filter(code=code, state=MemberState.ACTIVE).first() if is_valid(code) else None
        if found is None:
            raise forms.ValidationError(_("No member has this code."), code="not_found")
        return found
