"""Calling a provider over HTTP: what can go wrong sorted by the one question that counts, whether it may have arrived.

Addresses come from the environment. They are resolved once, private ones are refused (PROVIDERS_MAY_BE_PRIVATE lets a
gateway stand in the house's own network), and redirects are not followed.
"""

import email.utils
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import requests
from django.conf import settings
from django.utils import timezone
from requests_hardened import Config, HTTPSession, Manager
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
LARGEST_ANSWER = 1_000_000
LONGEST_WAIT = timedelta(hours=1)


class NotTaken(Exception):
    """The provider certainly did not take the call: not reached, busy, or it turned the key down. Try again.

    ``reason`` is a short stable code, ``retry_at`` when the provider wants to be asked again, if it said so.
    """

    def __init__(self, reason: str, retry_at: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_at = retry_at


class Refused(Exception):
    """The provider understood the call and turned its content down: the same again would be turned down again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unclear(Exception):
    """It may have arrived: no answer, a broken one, or one that says nothing (5xx, a page where data should be)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    body: Any = None,
    read_seconds: float = READ_SECONDS,
) -> dict[str, Any]:
    """The provider's answer to one call, a JSON object. Raises NotTaken, Refused, Unclear; never waits longer than the
    time to connect and ``read_seconds``."""
    until = time.monotonic() + CONNECT_SECONDS + read_seconds
    try:
        with _session(settings.PROVIDERS_MAY_BE_PRIVATE) as session:
            answer = session.request(
                method,
                url,
                headers=dict(headers or {}),
                params=dict(query or {}),
                json=body,
                timeout=(CONNECT_SECONDS, read_seconds),
                stream=True,
            )
            with answer:
                return _understood(answer, until)
    except requests.RequestException as error:
        raise (NotTaken("not_reached") if _never_left(error) else Unclear(_name(error))) from None


def _session(may_be_private: bool) -> HTTPSession:
    return _manager(may_be_private).get_session()


@cache
def _manager(may_be_private: bool) -> Manager:
    return Manager(
        Config(
            ip_filter_enable=not may_be_private,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(CONNECT_SECONDS, READ_SECONDS),
            user_agent_override="changke",
        )
    )


def _understood(answer: requests.Response, until: float) -> dict[str, Any]:
    status = answer.status_code
    if status in (429, 503):
        raise NotTaken(f"http_{status}", _retry_at(answer.headers.get("Retry-After", "")))
    if status in (401, 403, 404, 405) or 300 <= status < 400:
        raise NotTaken(f"http_{status}", timezone.now() + timedelta(minutes=10))
    if status >= 500:
        raise Unclear(f"http_{status}")
    if status >= 400:
        raise Refused(f"http_{status}")
    try:
        found = json.loads(_read(answer, until))
    except ValueError:
        raise Unclear("unreadable") from None
    if not isinstance(found, dict):
        raise Unclear("unreadable")
    return found


def _read(answer: requests.Response, until: float) -> bytes:
    """The body, within size and time: a provider that drips a byte now and then holds nobody up."""
    parts, size = [], 0
    for part in answer.iter_content(16_384):
        size += len(part)
        if size > LARGEST_ANSWER or time.monotonic() > until:
            raise Unclear("answer_too_long")
        parts.append(part)
    return b"".join(parts)


def _never_left(error: requests.RequestException) -> bool:
    """Whether no byte of the call can have reached the provider."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL):
        return True
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        return isinstance(cause.reason, NewConnectionError | ConnectTimeoutError)
    # Refused before a connection was made: the name is unknown, or the address a private one (requests_hardened).
    return not isinstance(cause, Exception) and type(error).__name__ in {"InvalidIPAddress", "ConnectionError"}


def _name(error: requests.RequestException) -> str:
    return "no_answer" if isinstance(error, requests.Timeout) else "broken_off"


def _retry_at(text: str) -> datetime | None:
    """When a busy provider wants to be asked again: seconds or a date, at most an hour from now."""
    now = timezone.now()
    if text.strip().isdecimal() and len(text) < 9:
        return now + min(timedelta(seconds=int(text)), LONGEST_WAIT)
    try:
        told = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return min(told if told.tzinfo else told.replace(tzinfo=UTC), now + LONGEST_WAIT)
