"""Lists in pages: ``{"next", "previous", "results"}``, cut by a cursor, so that deep pages cost as little as the first
and rows that are added meanwhile neither shift nor repeat any."""

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

LIMIT, MOST = 50, 200
LIMIT_WORDS = "How many to give at most, 1 to 200; 50 unless said."
CURSOR_WORDS = "Where the page begins; take it from `next` or `previous` as it is."


class CursorPages(BasePagination):
    """Keyset pages in the order of the view's ``page_order``: field names that end with the unique ``pk``, "-" first
    for a falling order; all of one direction."""

    request: Request
    links: tuple[str | None, str | None] = (None, None)

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list[Model]:
        """The rows of the page that the request asks for."""
        self.request = request
        order = tuple(getattr(view, "page_order", ("pk",)))
        limit, cursor = _limit(request), _cursor(request, order)
        backwards = cursor is not None and cursor["b"]
        falling = order[0].startswith("-") != backwards
        names = [name.lstrip("-") for name in order]
        if cursor:
            queryset = queryset.filter(_beyond(names, cursor["v"], falling))
        found = list(queryset.order_by(*(f"-{name}" if falling else name for name in names))[: limit + 1])
        more, rows = len(found) > limit, found[:limit]
        if backwards:
            rows.reverse()
        after = more if not backwards else True
        before = more if backwards else cursor is not None
        self.links = (
            self._link(order, names, rows[-1], False) if after and rows else None,
            self._link(order, names, rows[0], True) if before and rows else None,
        )
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        """The page as it is sent."""
        return Response({"next": self.links[0], "previous": self.links[1], "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page as the description of the API shows it."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """``limit`` and ``cursor`` for the description of the API."""
        limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}
        return [
            {"name": "limit", "in": "query", "required": False, "description": LIMIT_WORDS, "schema": limit},
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": CURSOR_WORDS,
                "schema": {"type": "string"},
            },
        ]

    def _link(self, order: tuple[str, ...], names: list[str], row: Model, backwards: bool) -> str:
        values = [getattr(row, name) for name in names]
        text = json.dumps({"o": ",".join(order), "v": values, "b": backwards}, default=datetime.isoformat)
        cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(LIMIT))
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST):
        raise ValidationError({"limit": [_("Choose a number from 1 to %(most)s.") % {"most": MOST}]}, code="bad_limit")
    return int(text)


def _cursor(request: Request, order: tuple[str, ...]) -> dict[str, Any] | None:
    text = request.query_params.get("cursor")
    if not text:
        return None
    try:
        cursor = json.loads(base64.b64decode(text.encode() + b"=" * (-len(text) % 4), b"-_", validate=True))
        values = [_value(part) for part in cursor["v"]]
        if cursor["o"] != ",".join(order) or len(values) != len(order) or not isinstance(cursor["b"], bool):
            raise ValueError("a cursor of another list")
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        words = _("This cursor does not belong to this list. Begin without one.")
        raise ValidationError({"cursor": [words]}, code="bad_cursor") from None
    return {"v": values, "b": cursor["b"]}


def _value(part: Any) -> int | datetime:
    if isinstance(part, str):
        moment = datetime.fromisoformat(part)
        if moment.tzinfo is None or not 1900 < moment.year < 3000:
            raise ValueError("not a moment")
        return moment
    if isinstance(part, bool) or not isinstance(part, int) or abs(part) >= 2**63:
        raise ValueError("not a number")
    return part


def _beyond(names: list[str], values: list[Any], falling: bool) -> Q:
    """Rows after the cursor: greater in the first field, or equal there and greater in the next.

    The first field is named once more by itself, which lets the index start at the right place.
    """
    compare = "lt" if falling else "gt"
    beyond = Q()
    for place, name in enumerate(names):
        equal = {earlier: values[nth] for nth, earlier in enumerate(names[:place])}
        beyond |= Q(**equal, **{f"{name}__{compare}": values[place]})
    return Q(**{f"{names[0]}__{compare}e": values[0]}) & beyond
