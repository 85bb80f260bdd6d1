"""The sign-in form: what was typed, and whether it opens the door."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from stores import signin
from stores.errors import Refusal
from stores.models import Staff
from workbench.devices import device_of


class SignInForm(forms.Form):
    """Number, password and whether the phone is one's own. An error never says which of the two was wrong."""

    username = forms.CharField(max_length=60)
    password = forms.CharField(max_length=128, strip=False)
    stay = forms.BooleanField(required=False)

    def __init__(self, request: HttpRequest, address: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.address = request, address
        self.person: Staff | None = None

    def clean(self) -> dict[str, Any]:
        """Find the person, unless this number is paused after too many wrong passwords."""
        cleaned = super().clean() or {}
        typed, password = cleaned.get("username"), cleaned.get("password")
        if not typed or not password:
            raise forms.ValidationError(_("Write your staff number and your password."))
        name = signin.username_of(typed)
        try:
            signin.begin_try(name, self.address, device=device_of(self.request, name))
        except Refusal as refusal:
            raise forms.ValidationError(refusal.sentence) from None
        self.person = authenticate(self.request, username=name, password=password)
        if self.person is None:
            raise forms.ValidationError(
                _("Number or password do not match. Your manager can set a new password."), code="no_match"
            )
        signin.succeeded(name, self.address, device=device_of(self.request, name))
        return cleaned
