"""Settings of the partner API: who is asking, how errors and lists look, and how the API describes itself."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["stores.api.authentication.PartnerKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["stores.api.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["stores.api.throttling.KeyThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["stores.api.parsers.StrictJsonParser"],
    "DEFAULT_PAGINATION_CLASS": "stores.api.pagination.CursorPages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "stores.api.schema.PartnerSchema",
    "EXCEPTION_HANDLER": "stores.api.errors.problem_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": None,
    "LIST_SERIALIZER_ERRORS_AS_DICT": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

DESCRIPTION = """\
For tills, web shops, mini-programs and data teams. All calls are HTTPS with JSON in UTF-8.

- **Key**: `Authorization: Bearer ck_<prefix>_<secret>`. Each call below names the scope its key needs.
- **Errors**: `application/problem+json` (RFC 9457). Decide by `code`, show `detail`, keep `request_id`.
- **Trying again**: send an `Idempotency-Key` with every POST. After a time-out, 409 with `Retry-After`, 429 or 5xx send
  the same request with the same key; it is carried out once.
- **Lists**: `{"next", "previous", "results"}`; follow `next` as it is. `limit` up to 200.
- **Values**: ids are opaque strings with a prefix (`mem_`, `cpn_`, `ord_`, ...); times are RFC 3339 with offset; money
  is a string with two decimals, in yuan.
- **Members** are named by `{"member": "mem_..."}` or `{"identity": "phone:13812345678"}`. Phone numbers are masked
  unless the key has `members:pii`.
"""

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Changke partner API",
    "DESCRIPTION": DESCRIPTION,
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "RecordedStatus": "members.api.orders.STATUS_CHOICES",
        "RowStatus": "members.api.bulkorders.STATUS_CHOICES",
        "CouponStatus": "coupons.models.CouponState",
        "CouponTemplateState": "coupons.models.TemplateState",
        "BirthdayCalendar": "members.models.Birthday",
        "ReferralState": "campaigns.models.ReferralState",
        "ChannelCodeKind": "campaigns.models.CodeKind",
        "GroupJoinSource": "campaigns.models.JoinSource",
        "GroupPostState": "campaigns.models.PostState",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": True,
    "SORT_OPERATIONS": False,
    "TAGS": [
        {"name": "Members", "description": "Who they are, what they have, what they agreed to."},
        {"name": "Orders", "description": "Receipts and returns as tills and shops report them."},
        {"name": "Coupons", "description": "Check, lock, redeem, release and reverse at the till; issue."},
        {"name": "Quotes", "description": "What a cart costs a member here and now, line by line, and why."},
        {"name": "Stores", "description": "Where the chain sells."},
        {"name": "Recruiting", "description": "Codes that people scan, and members who invite friends."},
        {"name": "Programme", "description": "Tiers, coupon templates and campaigns."},
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False, "docExpansion": "list"},
    "REDOC_DIST": "SIDECAR",
}
