"""Idempotency-Key on POST: the same call twice has one effect and one answer."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from stores import partners, replies
from stores.api.permissions import sees_phones
from stores.api.problems import CONTENT_TYPE
from stores.errors import NotFound

HEADER, IN_META = "Idempotency-Key", "HTTP_IDEMPOTENCY_KEY"
RENDERER = JSONRenderer()
_USABLE = re.compile(r"[!-~]{1,255}", re.ASCII)
RETRYABLE = {408, 409, 425, 429}

Handler = Callable[..., HttpResponseBase]


def key_of(request: Request) -> str | None:
    """The Idempotency-Key of the request, None without one. Raises ValidationError for an unusable one."""
    key = request.META.get(IN_META)
    if key is not None and not _USABLE.fullmatch(key):
        words = _("An Idempotency-Key has 1 to 255 printable ASCII characters without blanks.")
        raise ValidationError({HEADER: [words]}, code="idempotency_key_invalid")
    return key


def once(view: Any, handler: Handler, request: Request, key: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """Carry out ``handler`` under the key, or give the answer it gave before.

    Effect and stored answer are one transaction. Refusals are stored as well; what may be tried again is not.
    """
    place = _place(request)
    claim = replies.claim(request.auth.partner_id, place, key, fingerprint(request))
    if isinstance(claim, replies.Reply):
        if claim.text is None:
            raise NotFound(_("This request was carried out. Its answer is not kept any more."), code="answer_forgotten")
        return _as_sent(claim.status, claim.text, replayed=True)
    try:
        with transaction.atomic():
            answer = _rendered(handler(request, *args, **kwargs))
            if answer.status_code in RETRYABLE:  # answered, not raised: what was written beside the refusal stays
                replies.release(claim)
            else:
                replies.store(claim, answer.status_code, answer.content.decode())
            return answer
    except Exception as error:  # the effect is rolled back; what the caller hears decides about the key
        refused = view.handle_exception(error)
        if refused.status_code in RETRYABLE or refused.status_code >= 500:
            replies.release(claim)
        else:
            replies.store(claim, refused.status_code, RENDERER.render(refused.data).decode())
        return refused


def fingerprint(request: Request) -> str:
    """What makes two calls the same: method, address, the values of the body in any order, and what the key may see."""
    body = json.dumps(request.data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    seen = ("full" if sees_phones(request) else "masked", *sorted(partners.store_ids(request.auth) or ()))
    parts = (request.method, request.get_full_path(), seen, body)
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def _place(request: Request) -> str:
    """The store that the call speaks for: tills of two stores may use the same keys. Raises for a foreign store."""
    named = request.data.get("store") if isinstance(request.data, dict) else None
    if not isinstance(named, str) or not 0 < len(named) <= 40:
        return ""
    if partners.store_ids(request.auth):
        partners.store_for(request.auth, named)
    return named


def _rendered(response: HttpResponseBase) -> HttpResponse:
    if isinstance(response, Response):
        return _as_sent(response.status_code, RENDERER.render(response.data).decode())
    raise TypeError(f"a view under an Idempotency-Key answers with data, not {type(response).__name__}")


def _as_sent(status: int, text: str, *, replayed: bool = False) -> HttpResponse:
    kind = CONTENT_TYPE if status >= 400 else "application/json"
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return HttpResponse(text, status=status, content_type=kind, headers=headers)
