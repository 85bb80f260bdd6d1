"""Forms of the member page."""

from django import forms

from members.profiles import RevealReason


class RevealForm(forms.Form):
    """Why somebody wants to see a whole phone number."""

    reason = forms.ChoiceField(choices=RevealReason.choices)


class ReassignForm(forms.Form):
    """Who looks after a member from now on, and why."""

    guide = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    reason = forms.CharField(max_length=100)
