"""The table of every route, method and scope of the partner API. A route that is not here fails the build."""

import re

from django.urls import URLPattern, URLResolver, get_resolver

OPEN = {"schema/", "docs/"}  # the description of the API needs no key

# (method, path below /api/v1/) -> the scope that its key needs
SCOPES = {
    ("GET", "members/"): "members:read",
    ("POST", "members/"): "members:write",
    ("POST", "members/find/"): "members:read",
    ("GET", "members/<member>/"): "members:read",
    ("PATCH", "members/<member>/"): "members:write",
    ("GET", "members/<member>/coupons/"): "members:read",
    ("GET", "members/<member>/code/"): "members:read",
    ("GET", "members/<member>/ledger/"): "members:read",
    ("GET", "members/<member>/benefits/"): "members:read",
    ("POST", "members/<member>/benefits/<benefit>/use/"): "coupons:redeem",
    ("DELETE", "members/<member>/benefits/<benefit>/use/<reference>/"): "coupons:redeem",
    ("GET", "members/<member>/timeline/"): "members:read",
    ("GET", "members/<member>/tags/"): "members:read",
    ("PUT", "members/<member>/consents/"): "members:write",
    ("GET", "members/<member>/export/"): "members:pii",
    ("POST", "members/<member>/erase/"): "members:erase",
    ("GET", "consent-wordings/"): "members:read",
    ("POST", "orders/"): "orders:write",
    ("POST", "orders/bulk/"): "orders:write",
    ("POST", "orders/<channel>/<order_no>/refunds/"): "orders:write",
    ("GET", "orders/<channel>/<order_no>/"): "orders:read",
    ("GET", "coupons/<code>/"): "coupons:read",
    ("POST", "coupons/<code>/lock/"): "coupons:redeem",
    ("POST", "coupons/<code>/release/"): "coupons:redeem",
    ("POST", "coupons/<code>/redeem/"): "coupons:redeem",
    ("POST", "coupons/<code>/reverse/"): "coupons:redeem",
    ("POST", "coupons/issue/"): "coupons:issue",
    ("GET", "coupons/exchange/"): "coupons:read",
    ("POST", "coupons/exchange/"): "coupons:issue",
    ("GET", "coupon-packs/"): "coupons:read",
    ("GET", "coupon-templates/"): "coupons:read",
    ("GET", "stores/"): "stores:read",
    ("GET", "stores/nearest/"): "stores:read",
    ("POST", "channel-codes/<code>/scan/"): "recruit",
    ("POST", "referrals/"): "recruit",
    ("GET", "members/<member>/referrals/"): "recruit",
    ("GET", "tiers/"): "tiers:read",
    ("GET", "campaigns/"): "campaigns:read",
    ("POST", "quotes/"): "quotes",
    ("GET", "members/<member>/inbox/"): "touches",
    ("POST", "inbox/<touch>/read/"): "touches",
    ("POST", "inbox/<touch>/click/"): "touches",
    ("GET", "members/<member>/recommendations/"): "touches",
    ("POST", "group-codes/<code>/join/"): "recruit",
    ("POST", "group-codes/<code>/leave/"): "recruit",
    ("GET", "group-codes/<code>/posts/"): "recruit",
    ("POST", "group-posts/<post>/claim/"): "recruit",
    ("GET", "share-codes/<code>/"): "recruit",
    ("POST", "share-codes/<code>/click/"): "recruit",
    ("POST", "share-codes/<code>/claim/"): "recruit",
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
EXAMPLES = {
    "member": "mem_nobody",
    "benefit": "ben_nothing",
    "touch": "tch_nothing",
    "post": "pst_nothing",
    "reference": "V-1",
    "channel": "pos",
    "order_no": "N-1",
    "code": "NOSUCHCODE",
}


def routes() -> dict[str, URLPattern]:
    """Path below /api/v1/ (converters left out) -> pattern, for every route that Django knows there."""
    root = next(entry for entry in get_resolver().url_patterns if str(entry.pattern) == "api/v1/")
    return dict(_walk(root, ""))


def _walk(resolver: URLResolver, prefix: str):
    for entry in resolver.url_patterns:
        path = prefix + re.sub(r"<\w+:", "<", str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path)
        else:
            yield path, entry


def address(path: str) -> str:
    """An address of the route, with example values in place of the variables."""
    return "/" + re.sub(r"<(\w+)>", lambda found: EXAMPLES[found[1]], path)
