"""Who comes to the sign-up page: a mark of the device and the sign-up made on it, both in signed cookies."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from campaigns.recruiting import joining
from stores.networks import address_of

SALT = "campaigns.join"
REMEMBERED = 365 * 86_400


@dataclass(frozen=True)
class Visitor:
    """Who comes: their address, and the mark of their device, of which ``seen`` says what it opened last."""

    address: str
    device: str
    seen: str
    is_new: bool

    @property
    def name(self) -> str:
        """What their scans are counted under."""
        return f"{self.address}|{self.seen}" if self.is_new else self.device


def address_of_caller(request: HttpRequest) -> str:
    """The network address that tries are counted for."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return address_of(request.META.get("REMOTE_ADDR", ""), forwarded, behind_proxy=settings.TRUST_PROXY)


def visitor_of(request: HttpRequest) -> Visitor:
    """Who comes; a new device gets a mark, which ``keep`` lays down."""
    kept = str(request.get_signed_cookie(settings.VISITOR_COOKIE_NAME, default="", salt=SALT, max_age=REMEMBERED))
    device, _colon, seen = kept.partition(":")
    if device:
        return Visitor(address_of_caller(request), device, seen, is_new=False)
    agent = request.headers.get("User-Agent", "")[:200]
    return Visitor(address_of_caller(request), secrets.token_hex(12), agent.replace(":", " "), is_new=True)


def asked_here(request: HttpRequest) -> int | None:
    """The request that was made on this device; None without one."""
    kept = request.get_signed_cookie(
        settings.JOIN_COOKIE_NAME, default="", salt=SALT, max_age=joining.HOURS.value * 3600
    )
    return int(kept) if kept and kept.isdecimal() else None


def keep(answer: HttpResponse, name: str, value: str, seconds: int) -> None:
    """Lay a signed cookie down on the device."""
    answer.set_signed_cookie(
        name, value, salt=SALT, max_age=seconds, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
