"""Reads a JSON body: bounded in size and depth, exact with numbers, and clean of what PostgreSQL cannot hold."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

BODY_LIMIT = 1024 * 1024  # bytes; a view may allow more with ``body_limit``
DRAINED, CHUNK = 64 * 1024 * 1024, 64 * 1024
DEEPEST = 20

# Only an escape can bring these in: as raw bytes, the first is no JSON and the second no UTF-8.
_SUSPECT = re.compile(rb"\\u(?:0000|d[89a-f])", re.IGNORECASE)
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")


class TooLarge(APIException):
    """The body has more bytes than this address takes."""

    status_code = 413
    default_code = "body_too_large"
    default_detail = _("The request is too large.")


class LengthMissing(APIException):
    """A body without Content-Length."""

    status_code = 411
    default_code = "length_required"
    default_detail = _("Send the request with a Content-Length.")


class StrictJsonParser(BaseParser):
    """``application/json`` in UTF-8. Numbers with a point become Decimal; NaN and Infinity are no JSON."""

    media_type = "application/json"

    def parse(self, stream: BinaryIO, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The value in the body. Raises TooLarge, LengthMissing, ParseError."""
        context: Mapping[str, Any] = parser_context or {}
        raw = _read(stream, context)
        try:
            value = json.loads(raw.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply."), code="malformed_json") from None
        except ValueError:  # also UnicodeDecodeError and a number with thousands of digits
            raise ParseError(_("The body is not valid JSON in UTF-8."), code="malformed_json") from None
        _check(value, texts=bool(_SUSPECT.search(raw)))
        return value


def is_usable(text: str) -> bool:
    """Whether the database can hold the text: no NUL, no half of a surrogate pair."""
    return not _UNUSABLE.search(text)


def _read(stream: BinaryIO, context: Mapping[str, Any]) -> bytes:
    limit = getattr(context.get("view"), "body_limit", BODY_LIMIT)
    request = context.get("request")
    meta = request.META if request is not None else {}
    if "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower() and not meta.get("CONTENT_LENGTH"):
        raise LengthMissing
    length = str(meta.get("CONTENT_LENGTH") or "0")
    if length.isdecimal() and int(length) > limit:
        _drain(stream, int(length))
        raise TooLarge
    raw = stream.read(limit + 1)
    if len(raw) > limit:
        raise TooLarge
    return raw


def _drain(stream: BinaryIO, length: int) -> None:
    """Take in what is being sent and forget it: a caller that is still sending never hears why it was turned away."""
    for _part in range(min(length, DRAINED) // CHUNK + 1):
        if not stream.read(CHUNK):
            break


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _check(value: Any, *, texts: bool) -> None:
    """Walk the value without recursion: its depth, and its texts if an escape made them suspect."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ParseError(_("The JSON is nested too deeply."), code="malformed_json")
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
                if texts:
                    below.extend(item.keys())
            elif isinstance(item, list):
                below.extend(item)
            elif texts and isinstance(item, str) and not is_usable(item):
                raise ParseError(_("A text holds a character that cannot be stored."), code="unusable_text")
        level = below if texts else [item for item in below if isinstance(item, dict | list)]
