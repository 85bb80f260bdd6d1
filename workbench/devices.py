"""Devices on which somebody has come in before: a signed cookie, so that strangers who guess at a name elsewhere do not
lock its owner out, whatever network their phone is in today. It opens nothing."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from stores import sealing
from stores.signin import KNOWN_FOR

SALT = "workbench.devices"
MOST_PEOPLE = 8  # of one shared phone


def device_of(request: HttpRequest, username: str) -> str:
    """The mark of this device for a user name; empty where the name has not come in before."""
    return _marks(request).get(_name(username), "")


def remember(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Note on the device that this name has come in."""
    marks = _marks(request)
    name = _name(username)
    mark = marks.pop(name, "") or secrets.token_hex(8)
    latest = [(name, mark), *marks.items()][:MOST_PEOPLE]
    response.set_signed_cookie(
        settings.DEVICE_COOKIE_NAME,
        ".".join(f"{who}-{what}" for who, what in latest),
        salt=SALT,
        max_age=int(KNOWN_FOR.total_seconds()),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _marks(request: HttpRequest) -> dict[str, str]:
    kept = request.get_signed_cookie(
        settings.DEVICE_COOKIE_NAME, default="", salt=SALT, max_age=int(KNOWN_FOR.total_seconds())
    )
    pairs = [pair.partition("-") for pair in str(kept).split(".") if pair]
    return {who: what for who, _dash, what in pairs}


def _name(username: str) -> str:
    """A user name as the cookie holds it: it may be a phone number."""
    return sealing.digest("device", username.strip().casefold()).hex()
