"""Forms about several members at once."""

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.guidetasks.following import LONGEST
from workbench.forms.offers import LONGEST_MESSAGE


class Todo(models.TextChoices):
    """What is often to be done, in one tap."""

    ASK = "ask", _("Ask how they are")
    INVITE = "invite", _("Invite to the store")
    ARRIVED = "arrived", _("Tell that something arrived")


class InDays(models.IntegerChoices):
    """By when, in one tap."""

    TODAY = 0, _("Today")
    TOMORROW = 1, _("Tomorrow")
    THREE = 3, _("In three days")
    WEEK = 7, _("In a week")


class ManyOfferForm(forms.Form):
    """Which coupon, which words, which press of the button, and the mark of what was seen."""

    template = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    message = forms.CharField(max_length=LONGEST_MESSAGE, required=False, strip=True)
    request_key = forms.RegexField(r"^[a-f0-9]{32}$", required=False)
    seen = forms.CharField(max_length=64, required=False)


class FollowUpForm(forms.Form):
    """What is to be done and by when: in own words and by a date, else one of the usual ones."""

    what = forms.CharField(max_length=LONGEST, required=False, strip=True)
    usual = forms.ChoiceField(choices=Todo.choices, required=False)
    due_on = forms.DateField(required=False)
    days = forms.TypedChoiceField(choices=InDays.choices, coerce=int, required=False, empty_value=None)
    request_key = forms.RegexField(r"^[a-f0-9]{32}$")

    def words(self) -> str:
        """What is to be done; empty when nothing was said."""
        usual = self.cleaned_data["usual"]
        return self.cleaned_data["what"] or (str(Todo(usual).label) if usual else "")
