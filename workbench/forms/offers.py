"""The form of an offer."""

from django import forms

LONGEST_KEY = 64
LONGEST_MESSAGE = 500


class OfferForm(forms.Form):
    """To whom, which coupon, which words, by which channel, and which press of the button it was.

    ``send`` is "message" for words without a coupon. ``seen`` is the mark of the preview that the guide looked at.
    """

    member = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    task = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    template = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    message = forms.CharField(max_length=LONGEST_MESSAGE, required=False, strip=True)
    channel = forms.CharField(max_length=20, required=False)
    send = forms.ChoiceField(choices=[("coupon", ""), ("message", "")], required=False)
    request_key = forms.RegexField(r"^[A-Za-z0-9-]{8,64}$", max_length=LONGEST_KEY, required=False)
    seen = forms.CharField(max_length=64, required=False)
