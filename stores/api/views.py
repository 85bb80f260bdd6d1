"""The base of every partner view: JSON in and out, scopes, idempotent POSTs, bounded lists, a request id."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, ClassVar

from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from stores import partners
from stores.api import idempotency
from stores.api.parsers import is_usable
from stores.api.problems import request_id
from stores.api.strict import MOST_TOLD, refuse_unknown
from stores.models import PartnerKey, Scope, Store


class AlwaysJson(BaseContentNegotiation):
    """There is one format; what a till's HTTP library happens to accept does not matter."""

    def select_parser(self, request: Request, parsers: Sequence[Any]) -> Any:
        """The JSON parser for application/json, none (415) for anything else."""
        kind = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: Sequence[Any], format_suffix: str = "") -> Any:
        """The first renderer."""
        return renderers[0], renderers[0].media_type


@cache
def shared(serializer: type[Serializer]) -> Serializer:
    """The one instance of a serializer for checking values and showing rows.

    Building one copies every field, which costs a till more than the check itself; neither ``run_validation`` nor
    ``to_representation`` keeps anything on it. Not for serializers that look at their context.
    """
    return serializer()


class PartnerView(GenericAPIView):
    """One address of the partner API. ``scopes`` names the scope of each method; a method not named is denied."""

    scopes: ClassVar[Mapping[str, Scope]] = {}
    page_order: ClassVar[Sequence[str]] = ("pk",)
    body_limit: ClassVar[int] = 1024 * 1024
    content_negotiation_class = AlwaysJson

    @property
    def key(self) -> PartnerKey:
        """The key that calls."""
        return self.request.auth

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the usual checks: refuse texts no row can hold, and put a POST with an Idempotency-Key under it."""
        super().initial(request, *args, **kwargs)
        texts = [*map(str, kwargs.values()), *(text for pair in request.query_params.lists() for text in pair[1])]
        if not all(map(is_usable, texts)):
            raise ValidationError(_("The address holds a character that cannot be stored."), code="unusable_text")
        if request.method == "POST" and (key := idempotency.key_of(request)) is not None:
            handler = getattr(self, "post", None)
            if handler is not None:
                self.post = partial(self._once, handler, key)

    def _once(self, handler: Any, key: str, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return idempotency.once(self, handler, request, key, *args, **kwargs)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Which methods there are, in the Allow header."""
        return Response(status=204)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Every answer carries its request id and stays out of caches."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["X-Request-Id"] = request_id(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def read(self, serializer: type[Serializer]) -> dict[str, Any]:
        """The checked values of the body. Raises ValidationError, for a field that there is not, too."""
        refuse_unknown(shared(serializer), self.request.data)
        return shared(serializer).run_validation(self.request.data)

    def refuse_unknown_query(self) -> None:
        """Raise ValidationError for a parameter that neither the filters nor the pages of this list know."""
        known = {"limit", "cursor", *self.filterset_class.base_filters}
        if strange := sorted(set(self.request.query_params) - known)[:MOST_TOLD]:
            words = _("There is no such parameter.")
            raise ValidationError({name[:60]: [words] for name in strange}, code="unknown_parameter")

    def page(self, rows: Any, serializer: type[Serializer]) -> Response:
        """The page of ``rows`` (a query) that the request asks for."""
        found = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(serializer(found, many=True, context=self.get_serializer_context()).data)

    def store_named(self, code: str) -> Store:
        """The store that the call speaks for. Raises a refusal for a foreign or unknown one."""
        return partners.store_for(self.key, code)
