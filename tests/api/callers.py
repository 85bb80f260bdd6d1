"""What the tests of the partner API share: a till with a key, and how to look at its answers."""

from typing import Any

from django.test import Client

from stores import partners, ratelimit
from stores.models import Partner, PartnerKey, Scope
from tests.makers import number


class Till(Client):
    """A caller of the API with one key. Bodies are JSON; answers come as Django's test responses."""

    def __init__(self, text: str, key: PartnerKey | None = None) -> None:
        super().__init__(headers={"Authorization": f"Bearer {text}"} if text else {})
        self.key = key
        self.text = text

    def send(self, method: str, path: str, body: Any = None, *, once: str = "", **headers: str) -> Any:
        """One call below /api/v1/; ``once`` is its Idempotency-Key."""
        wanted = {name.replace("_", "-"): value for name, value in headers.items()}
        if once:
            wanted["Idempotency-Key"] = once
        return self.generic(
            method,
            f"/api/v1{path}",
            b"" if body is None else self._encode_json(body, "application/json"),
            content_type="application/json",
            headers=wanted,
        )

    def read(self, path: str, **query: Any) -> Any:
        """GET with a query."""
        return self.get(f"/api/v1{path}", query)


def make_till(*scopes: str, partner: Partner | None = None, **fields: Any) -> Till:
    """A till whose key has ``scopes`` (all of them when none is named)."""
    ratelimit.forget()
    partner = partner or make_partner()
    key, text = partners.create_key(partner, scopes=scopes or Scope.values, **fields)
    return Till(text, key)


def make_partner(code: str = "", **fields: Any) -> Partner:
    """A partner with a budget."""
    fields.setdefault("budget", 10_000)
    return Partner.objects.create(code=code or f"till{number()}", name="收银系统", **fields)


def is_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Assert that the answer is a problem with this status and code, in the one shape; give its members."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    members = answer.json()
    assert members["code"] == code, members
    assert members["status"] == status
    assert members["type"] == f"urn:changke:problem:{code}"
    assert members["title"]
    assert members["detail"]
    assert isinstance(members["errors"], list)
    assert members["request_id"] == answer.headers["X-Request-Id"]
    return members
