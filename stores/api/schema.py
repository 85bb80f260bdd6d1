"""How the API describes itself: the bearer key, the errors, Idempotency-Key, and the scope of each call."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from stores.api.problems import CONTENT_TYPE

REPLAYED = "`true` when this is the stored answer of an earlier request with the same Idempotency-Key."
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Any text of 1 to 255 printable ASCII characters, new for each new request. The same key with the same "
    "body gives the stored answer for 24 hours; with another body 422 `idempotency_key_reused`.",
)
LANGUAGE = OpenApiParameter(
    "Accept-Language",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    enum=["zh-hans", "en"],
    description="Language of `title` and `detail`; Chinese unless asked for.",
)


class FieldErrorSerializer(serializers.Serializer):
    """One value that is not right."""

    field = serializers.CharField(help_text="Where: `lines.0.quantity` is the quantity of the first line.")
    code = serializers.CharField(help_text="Stable, snake_case.")
    detail = serializers.CharField(help_text="A sentence for people, in the language asked for.")


class ProblemSerializer(serializers.Serializer):
    """An error after RFC 9457. Decide by `code`, show `detail`."""

    type = serializers.CharField(help_text="`urn:changke:problem:` and the code.")
    title = serializers.CharField(help_text="Short, the same for every error of this status.")
    status = serializers.IntegerField(help_text="The HTTP status again.")
    detail = serializers.CharField(help_text="What happened and what to do; a cashier can read it aloud.")
    code = serializers.CharField(help_text="Stable, snake_case; what a program decides by.")
    errors = FieldErrorSerializer(many=True, help_text="Each value that is not right; empty for other errors.")
    request_id = serializers.CharField(help_text="Tell us this id when you ask about a request.")


class PartnerKeyScheme(OpenApiAuthenticationExtension):
    """``Authorization: Bearer ck_…``."""

    target_class = "stores.api.authentication.PartnerKeyAuthentication"
    name = "partnerKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """The scheme as OpenAPI words it."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "ck_<prefix>_<secret>"}


class PublicIdShape(OpenApiSerializerFieldExtension):
    """Public ids with an example of their kind."""

    target_class = "stores.api.fields.PublicIdField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        """The schema of the field."""
        prefix = self.target.prefix
        return {"type": "string", "pattern": f"^{prefix}_[A-Za-z0-9]+$", "examples": [f"{prefix}_8Xw2kQ0aZr"]}


def example(status: int, code: str, detail: str, **extra: Any) -> OpenApiExample:
    """A problem as an example of a response."""
    value = {
        "type": f"urn:changke:problem:{code}",
        "title": {404: "未找到", 409: "冲突", 422: "被拒绝"}.get(status, code),
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [],
        **extra,
        "request_id": "req_5d0c3b7b7f6e4a1f9a3c2b1d",
    }
    return OpenApiExample(code, value=value, response_only=True, status_codes=[str(status)], media_type=CONTENT_TYPE)


def refusals(*codes: str) -> str:
    """A sentence that lists the codes a response may carry."""
    return "Codes: " + ", ".join(f"`{code}`" for code in codes)


class PartnerSchema(AutoSchema):
    """Adds to each operation what holds for all: scope, language, Idempotency-Key, and the errors."""

    def get_override_parameters(self) -> list[OpenApiParameter]:
        """Headers that every call understands."""
        return [LANGUAGE, *([IDEMPOTENCY_KEY] if self.method == "POST" else [])]

    def get_description(self) -> str:
        """The view's words, then the scope that the call needs."""
        scope = getattr(self.view, "scopes", {}).get(self.method)
        words = super().get_description() or ""
        return f"{words}\n\nScope: `{scope.value}`" if scope else words

    def _get_response_for_code(
        self, serializer: Any, status_code: Any, media_types: Any = None, direction: str = "response"
    ) -> dict[str, Any]:
        """Whatever is 400 or above is a problem."""
        media_types = [CONTENT_TYPE] if str(status_code) >= "400" else media_types
        return super()._get_response_for_code(serializer, status_code, media_types, direction)

    def _get_response_bodies(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The operation's own responses, then the errors that each call can meet."""
        bodies = super()._get_response_bodies(*args, **kwargs)
        if not getattr(self.view, "scopes", None):
            return bodies
        for status, words in self._errors().items():
            if status not in bodies:
                shape = OpenApiResponse(ProblemSerializer, words)
                bodies[status] = self._get_response_for_code(shape, status)
        if self.method == "POST":
            replayed = {"description": REPLAYED, "schema": {"type": "string"}}
            for status, body in bodies.items():
                if status.startswith("2"):
                    body.setdefault("headers", {})["Idempotency-Replayed"] = replayed
        return bodies

    def _errors(self) -> dict[str, str]:
        writes = self.method in ("POST", "PUT", "PATCH")
        errors = {
            "400": refusals("invalid", "malformed_json", "unusable_text") if writes else refusals("invalid"),
            "401": refusals("key_missing", "invalid_key", "key_expired", "key_revoked"),
            "403": refusals("scope_missing", "store_not_allowed", "address_not_allowed"),
        }
        if "{" in self.path:
            errors["404"] = refusals("not_found")
        if self.method == "POST":
            errors["409"] = refusals("idempotency_in_flight", "conflict") + ". With Retry-After."
            errors["422"] = refusals("idempotency_key_reused", "store_not_found")
        if writes:
            errors |= {"413": refusals("body_too_large"), "415": refusals("unsupported_media_type")}
        errors["429"] = refusals("rate_limited") + ". With Retry-After."
        errors["503"] = refusals("try_again") + ". With Retry-After; nothing was done."
        return errors
