"""Who is calling: the bearer key of a partner."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from stores import partners
from stores.models import PartnerKey
from stores.networks import address_of
from stores.partners import BadKey

REALM = 'Bearer realm="changke"'


@dataclass(frozen=True)
class Caller:
    """The partner behind a key, in the place where a framework expects a user."""

    key: PartnerKey
    is_authenticated: bool = True
    is_active: bool = True

    @property
    def pk(self) -> int:
        """The number of the partner."""
        return self.key.partner_id

    def __str__(self) -> str:
        return self.key.partner.code


class PartnerKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer ck_<prefix>_<secret>``. ``request.auth`` is the PartnerKey."""

    def authenticate(self, request: Request) -> tuple[Caller, PartnerKey] | None:
        """The caller, None without the header. Raises BadKey or another refusal of stores.partners."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _blank, text = header.partition(" ")
        if scheme.lower() != "bearer":
            raise BadKey(_("Send the key as: Authorization: Bearer ck_…"))
        key = partners.authenticate(text.strip(), caller_address(request))
        return Caller(key), key

    def authenticate_header(self, request: Request) -> str:
        """What a 401 says about how to come in."""
        return REALM


def caller_address(request: Request | HttpRequest) -> str:
    """The network address of whoever calls."""
    meta = request.META
    return address_of(
        meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", ""), behind_proxy=settings.TRUST_PROXY
    )
