"""Whoever asks for codes that do not exist is soon asked to wait: a typing cashier is not stopped, a guesser is."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from coupons.errors import CouponRefused
from stores import ratelimit
from stores.api.authentication import caller_address
from stores.api.views import PartnerView
from stores.models import PartnerKey
from stores.policy import define

UNKNOWN_CODES = define(
    "coupons.unknown_codes_a_minute", 60, _("Unknown coupon codes a till may ask for in a minute"), minimum=1
)


class CodeView(PartnerView):
    """The base of views about one code: unknown ones are counted for the key and its address, whatever the call was."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the usual checks: a caller with too many unknown codes waits, be the next one right or wrong."""
        super().initial(request, *args, **kwargs)
        seconds = ratelimit.spent(self._guesser())
        if seconds:
            raise Throttled(wait=seconds)

    def handle_exception(self, error: Exception) -> Any:
        """The answer to an error; an unknown code is counted."""
        if isinstance(error, CouponRefused) and error.code == "coupon_not_found":
            ratelimit.take(self._guesser(), UNKNOWN_CODES.value)
        return super().handle_exception(error)

    def _guesser(self) -> str:
        key = self.request.auth
        return f"guess:{key.pk if isinstance(key, PartnerKey) else ''}:{caller_address(self.request)}"
