"""WeCom's server API: the access token, calls with it, and what its error codes mean.

https://developer.work.weixin.qq.com/document/path/90664 and following. The token is kept in memory alone: every
process that asks gets the same one as long as it holds.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from campaigns.channels.calling import NotTaken, Refused, Unclear, call

TOKEN_EXPIRED = {40014, 41001, 42001}
BUSY = {45009, 45011, 45033}
NOT_CUSTOMER = {40096, 41048, 84061}
GUIDE_UNKNOWN = {40003, 40031, 60111, 84074}
EARLY = 300  # seconds before its end in which a token is used no more


@dataclass
class _Token:
    text: str = ""
    until: float = 0.0


_token = _Token()


def is_set_up() -> bool:
    """Whether we know our company and its secret for customer contact."""
    return bool(settings.WECOM_CORP_ID and settings.WECOM_SECRET)


def post(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one call, with error code 0. Raises NotTaken, Refused, Unclear (campaigns.channels.calling).

    A token that ended early is fetched anew, once.
    """
    for attempt in (1, 2):
        answer = call("POST", _url(path), query={"access_token": access_token()}, body=dict(body))
        code = answer.get("errcode")
        if code == 0:
            return answer
        if code in TOKEN_EXPIRED and attempt == 1:
            forget()
            continue
        break
    raise _meant(code)


def forget() -> None:
    """Fetch a new token at the next call."""
    _token.text, _token.until = "", 0.0


def access_token() -> str:
    """The token that calls carry, from memory or fresh. Raises NotTaken."""
    if time.monotonic() >= _token.until:
        try:
            answer = call(
                "GET",
                _url("gettoken"),
                query={"corpid": settings.WECOM_CORP_ID, "corpsecret": settings.WECOM_SECRET},
            )
        except (Unclear, Refused) as error:  # without a token nothing was sent
            raise NotTaken(error.reason) from None
        text, seconds = answer.get("access_token"), answer.get("expires_in")
        if answer.get("errcode") != 0 or not isinstance(text, str) or not isinstance(seconds, int):
            raise NotTaken(f"wecom_{answer.get('errcode')}", timezone.now() + timedelta(minutes=10))
        _token.text, _token.until = text, time.monotonic() + max(0, seconds - EARLY)
    return _token.text


def _url(path: str) -> str:
    return f"{settings.WECOM_URL.rstrip('/')}/cgi-bin/{path}"


def _meant(code: object) -> Exception:
    """What an error code says about the call: never taken, turned down for good, or anybody's guess."""
    if code in BUSY:
        return NotTaken("wecom_busy", timezone.now() + timedelta(minutes=10))
    if code in TOKEN_EXPIRED or code in (48002, 60020, 40001, 40013):  # keys, rights, our address: HQ has to look
        return NotTaken(f"wecom_{code}", timezone.now() + timedelta(hours=1))
    if code in NOT_CUSTOMER:
        return Refused("not_customer")
    if code in GUIDE_UNKNOWN:
        return Refused("guide_unknown")
    if not isinstance(code, int) or code == -1:
        return Unclear("wecom_busy" if code == -1 else "unreadable")
    return Refused(f"wecom_{code}")
