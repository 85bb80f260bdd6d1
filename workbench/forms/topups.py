"""The forms of requests for more."""

from django import forms

LONGEST_REASON = 200


class AskForm(forms.Form):
    """How much more of which coupon; without one, of the budget, with ``whole`` that of the whole store.

    ``task`` and ``member`` lead back to the page."""

    template = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    member = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    task = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    count = forms.IntegerField(required=False)
    value = forms.DecimalField(max_digits=8, decimal_places=2, required=False)
    reason = forms.CharField(max_length=LONGEST_REASON, required=False, strip=True)
    whole = forms.BooleanField(required=False)


class AnswerForm(forms.Form):
    """Yes or no; ``beyond`` says that the leader knows that the store has less left, ``common`` is a reason at hand."""

    answer = forms.ChoiceField(choices=[("agree", ""), ("refuse", "")])
    reason = forms.CharField(max_length=LONGEST_REASON, required=False, strip=True)
    common = forms.CharField(max_length=LONGEST_REASON, required=False, strip=True)
    beyond = forms.BooleanField(required=False)
    store = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
