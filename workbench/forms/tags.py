"""Forms about one tag on a member."""

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _


class Unfit(models.TextChoices):
    """Why a system tag does not fit, in one tap."""

    FOR_OTHERS = "for_others", _("Buys for others or a company")
    AWAY = "away", _("Is away for a while, and comes back")
    ELSEWHERE = "elsewhere", _("Buys from us in a way the till does not see")
    KNOWN = "known", _("I know the member: it is different")


class DisputeForm(forms.Form):
    """Why a system tag does not fit: one of the usual reasons, own words, or both."""

    reason = forms.ChoiceField(choices=Unfit.choices, required=False)
    text = forms.CharField(max_length=120, required=False)

    def words(self) -> str:
        """The reason as it is kept; empty when none was given."""
        chosen = self.cleaned_data["reason"]
        return " · ".join(filter(None, [str(Unfit(chosen).label) if chosen else "", self.cleaned_data["text"].strip()]))


class EndForm(forms.Form):
    """The last day on which a tag holds."""

    until = forms.DateField()
