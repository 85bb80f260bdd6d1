"""The one shape of every error under /api/: RFC 9457 ``application/problem+json``."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

CONTENT_TYPE = "application/problem+json"
RESERVED = {"type", "title", "status", "detail", "code", "errors", "request_id", "retry_after", "field"}

TITLES = {
    400: _("The request is not right"),
    401: _("No valid key"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("Method not allowed"),
    409: _("Conflict"),
    411: _("Length required"),
    413: _("Too large"),
    415: _("Wrong content type"),
    422: _("Refused"),
    429: _("Too many requests"),
    500: _("Something went wrong here"),
    503: _("Not available for a moment"),
}


def request_id(request: Request | HttpRequest | None) -> str:
    """The id of this request in answers and logs; made at the first question."""
    base = getattr(request, "_request", request)
    if base is None:
        return _new_id()
    if not hasattr(base, "request_id"):
        base.request_id = _new_id()
    return base.request_id


def problem(
    request: Request | HttpRequest | None,
    status: int,
    code: str,
    detail: Any,
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The members of a problem. ``extra`` adds small data of its own (an amount short, a review id)."""
    return {
        "type": f"urn:changke:problem:{code}",
        "title": str(TITLES.get(status, TITLES[400])),
        "status": status,
        "detail": str(detail),
        "code": code,
        "errors": list(errors),
        **{name: plain(value) for name, value in (extra or {}).items() if name not in RESERVED},
        "request_id": request_id(request),
    }


def plain(value: Any) -> Any:
    """Small data of a refusal as it is sent: money with two decimals, moments with their offset."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return timezone.localtime(value).isoformat() if isinstance(value, datetime) else value


def respond(data: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """The problem as an answer that renders itself, inside a view of the framework or outside."""
    response = Response(dict(data), status=data["status"], content_type=CONTENT_TYPE, headers=dict(headers or {}))
    response.accepted_renderer = JSONRenderer()
    response.accepted_media_type = CONTENT_TYPE
    response.renderer_context = {}
    return response


def _new_id() -> str:
    return f"req_{secrets.token_hex(12)}"
