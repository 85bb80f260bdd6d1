"""The form of the sign-up page. A field that only machines see catches those who fill everything."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.recruiting.joining import Applicant
from members.models import Birthday, ConsentWording, IdentityKind
from members.oneid.identities import BadIdentity, normalise


class JoinForm(forms.Form):
    """What somebody types who wants to be a member. ``wordings`` are what they are asked to agree to."""

    phone = forms.CharField(max_length=24)
    name = forms.CharField(max_length=60, required=False)
    birthday = forms.DateField(required=False)
    lunar = forms.BooleanField(required=False)
    invite = forms.CharField(max_length=20, required=False)
    website = forms.CharField(max_length=200, required=False)

    def __init__(self, data: Any, *, wordings: dict[str, ConsentWording], stores: Any, **more: Any) -> None:
        super().__init__(data, **more)
        self.wordings = wordings
        self.fields["store"] = forms.ModelChoiceField(stores, required=False)
        self.fields["phone"].error_messages["required"] = _("Enter your mobile number.")
        self.fields["birthday"].error_messages["invalid"] = _("Enter the birthday as 1990-05-06, or leave it out.")
        for channel in wordings:
            self.fields[f"agree_{channel}"] = forms.BooleanField(required=False)

    @property
    def is_machine(self) -> bool:
        """Whether the field was filled that nobody sees."""
        return bool(self.data.get("website"))

    def clean_phone(self) -> str:
        """The number in its one spelling."""
        try:
            return normalise(IdentityKind.PHONE, self.cleaned_data["phone"])
        except BadIdentity as refusal:
            raise forms.ValidationError(str(refusal)) from None

    @property
    def applicant(self) -> Applicant:
        """The same as the verb takes it."""
        given = self.cleaned_data
        agreed = {
            channel: (wording.version, wording.language)
            for channel, wording in self.wordings.items()
            if given.get(f"agree_{channel}")
        }
        calendar = Birthday.LUNAR if given["lunar"] else Birthday.SOLAR
        return Applicant(given["phone"], given["name"], given["birthday"], calendar, agreed)
