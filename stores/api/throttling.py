"""The rate limit of a key, as the framework asks for it."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from stores import ratelimit
from stores.models import PartnerKey


class KeyThrottle(BaseThrottle):
    """As many calls a minute as the key may make; more get 429 with Retry-After."""

    seconds = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the call; whether it may go on."""
        key = request.auth
        if not isinstance(key, PartnerKey):
            return True
        self.seconds = ratelimit.take(f"key:{key.pk}", key.requests_per_minute)
        return not self.seconds

    def wait(self) -> float:
        """Seconds until the next minute."""
        return self.seconds
