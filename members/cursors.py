"""Cursors of keyset pages: opaque text that holds the sort values of the last row shown."""

import base64
import binascii
import json
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from stores.errors import Refusal

LONGEST = 500


def encode(values: list[Any]) -> str:
    """The values as one URL-safe word."""
    packed = json.dumps(values, separators=(",", ":"), ensure_ascii=True).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode(text: str, types: tuple[type | tuple[type, ...], ...]) -> list[Any]:
    """The values back; each must be of the type given for its place. Raises Refusal ``bad_cursor``."""
    try:
        packed = base64.urlsafe_b64decode(text[:LONGEST] + "=" * (-len(text[:LONGEST]) % 4))
        values = json.loads(packed)
    except (binascii.Error, ValueError, RecursionError):
        values = None
    if (
        not isinstance(values, list)
        or len(values) != len(types)
        or not all(isinstance(value, kind) for value, kind in zip(values, types, strict=True))
    ):
        raise lost()
    return values


def lost() -> Refusal:
    """The refusal for a cursor that leads nowhere, for the caller to raise."""
    return Refusal(_("This page is no longer there. Start at the beginning of the list."), code="bad_cursor")


def moment(text: str) -> datetime:
    """A moment out of a cursor. Raises ValueError for one that no row can have."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or not 1970 <= found.year <= 2200:
        raise ValueError(text)
    return found


def number(text: str) -> Decimal:
    """A decimal number out of a cursor. Raises ValueError unless it is finite and of sensible size."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not found.is_finite() or found.adjusted() > 20:
        raise ValueError(text)
    return found


def word(text: str) -> str:
    """A short word out of a cursor. Raises ValueError when it holds signs that cannot be shown."""
    if not text.isprintable():
        raise ValueError(text)
    return text
