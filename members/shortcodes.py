"""The code that a member's own phone shows in the store for a moment: signed, over in two minutes, read by a camera.

The twelve digits of the member code (members.membercodes) stay the same for years: a picture of them taken once opens
the member for whoever typed them. This code says the same for a short time only. Nothing of it is kept: it is

    CK1.<the member's public id without its prefix>.<end, seconds since 1970 to base 36>.<signature>

It opens nothing by itself: who reads it still has to look after the member.
"""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36
from django.utils.translation import gettext_lazy as _

from members.models import Member
from stores.errors import NotFound, Refusal
from stores.ids import parse_public_id, public_id
from stores.policy import define

SECONDS = define(
    "members.code_seconds",
    120,
    _("Seconds for which a member's code on their phone can be read"),
    minimum=30,
    maximum=900,
)
KIND, PREFIX, SALT = "mem", "CK1", "members.shortcodes"
SHAPE = re.compile(rf"{PREFIX}\.([0-9A-Za-z]{{6,32}})\.([0-9a-z]{{1,9}})\.([A-Z2-7]{{16}})", re.ASCII)
SIGNED_BYTES = 10


@dataclass(frozen=True)
class ShortCode:
    """A code and when it ends."""

    code: str
    expires_at: datetime


def issue(member: Member, *, at: datetime | None = None) -> ShortCode:
    """A code for the member that can be read for members.code_seconds from now on."""
    ends = (at or timezone.now()).replace(microsecond=0) + timedelta(seconds=SECONDS.value)
    body = f"{public_id(KIND, member.pk).partition('_')[2]}.{int_to_base36(int(ends.timestamp()))}"
    return ShortCode(f"{PREFIX}.{body}.{_signature(body)}", ends)


def is_one(text: str) -> bool:
    """Whether a text has the shape of such a code."""
    return bool(SHAPE.fullmatch(text))


def read(text: str, *, at: datetime | None = None) -> int:
    """The key of the member whose code this is. Raises NotFound for what we did not sign, Refusal ``code_expired``."""
    found = SHAPE.fullmatch(text)
    if found is None or not constant_time_compare(_signature(f"{found[1]}.{found[2]}"), found[3]):
        raise NotFound(_("This is no member code."))
    if datetime.fromtimestamp(base36_to_int(found[2]), UTC) < (at or timezone.now()):
        raise Refusal(_("This code is over. Let the member open it once more."), code="code_expired")
    return parse_public_id(KIND, f"{KIND}_{found[1]}")


def _signature(body: str) -> str:
    digest = salted_hmac(SALT, body, algorithm="sha256").digest()[:SIGNED_BYTES]
    return base64.b32encode(digest).decode()
