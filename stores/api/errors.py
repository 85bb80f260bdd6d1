"""Turns whatever goes wrong in a view into a problem: refusals, bad input, framework errors, a database away."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelError
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_standardized_errors.formatter import flatten_errors
from rest_framework import exceptions
from rest_framework.fields import get_error_detail
from rest_framework.response import Response

from stores.api.authentication import REALM
from stores.api.parsers import TooLarge
from stores.api.problems import problem, request_id, respond
from stores.errors import Refusal

logger = logging.getLogger(__name__)

# The stable codes of errors that the framework raises itself.
CODES = {
    "not_authenticated": "key_missing",
    "permission_denied": "not_allowed",
    "throttled": "rate_limited",
    "parse_error": "malformed_json",
}
SENTENCES = {
    401: _("Send the key as: Authorization: Bearer ck_…"),
    403: _("This key may not do this."),
    404: _("There is nothing here for this key."),
    415: _("Send the body as application/json."),
    429: _("Too many requests for this key. Wait as long as Retry-After says."),
}
RETRY_SOON = 1  # seconds


def problem_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to an error raised in a view; never a stack trace, never HTML."""
    request = context.get("request")
    for kind, answer in ANSWERS:
        if isinstance(error, kind):
            return answer(error, request)
    return _unexpected(error, request)


def field_errors(error: exceptions.ValidationError) -> list[dict[str, str]]:
    """Each value that is not right: where, why in a word, why in a sentence."""
    return [
        {"field": found.attr or "", "code": found.code, "detail": str(found.detail)}
        for found in flatten_errors(error.detail)
    ]


def _refusal(error: Refusal, request: Any) -> Response:
    field = error.extra.get("field")
    errors = [{"field": field, "code": error.code, "detail": str(error)}] if field else []
    data = problem(request, error.status, error.code, error, errors=errors, extra=error.extra)
    return respond(data, _headers(error.status, error.extra.get("retry_after")))


def _framework(error: exceptions.APIException, request: Any) -> Response:
    code = error.get_codes()
    code = code if isinstance(code, str) else "error"
    code = CODES.get(code, code)
    detail = SENTENCES.get(error.status_code, error.detail)
    data = problem(request, error.status_code, code, detail)
    return respond(data, _headers(error.status_code, getattr(error, "wait", None)))


def _invalid(error: exceptions.ValidationError, request: Any) -> Response:
    errors = field_errors(error)
    detail = _("%(count)s values are not right; errors names each field.") % {"count": len(errors)}
    return respond(problem(request, 400, "invalid", detail, errors=errors))


def _model_error(error: ModelError, request: Any) -> Response:
    return _invalid(exceptions.ValidationError(get_error_detail(error)), request)


def _not_found(error: Exception, request: Any) -> Response:
    return _framework(exceptions.NotFound(), request)


def _denied(error: Exception, request: Any) -> Response:
    return _framework(exceptions.PermissionDenied(), request)


def _too_large(error: Exception, request: Any) -> Response:
    return _framework(TooLarge(), request)


def _suspicious(error: Exception, request: Any) -> Response:
    return respond(problem(request, 400, "bad_request", _("The request cannot be understood.")))


def _database_away(error: Exception, request: Any) -> Response:
    """A lost connection, a deadlock, a time limit: nothing was done, and the same call may do it a second later."""
    logger.warning("%s: database not available: %s", request_id(request), error)
    detail = _("The service is busy. Send the same request again.")
    return respond(problem(request, 503, "try_again", detail), _headers(503, RETRY_SOON))


def _collision(error: Exception, request: Any) -> Response:
    """Two calls wanted the same unique thing, a constraint decided. Verbs refuse in words; this is the net below."""
    logger.warning("%s: a constraint refused: %s", request_id(request), type(error.__cause__).__name__)
    detail = _("Another request did the same at this moment. Look again, or send it again.")
    return respond(problem(request, 409, "conflict", detail), _headers(409, RETRY_SOON))


def _bad_value(error: Exception, request: Any) -> Response:
    logger.warning("%s: the database refused a value: %s", request_id(request), type(error.__cause__).__name__)
    return respond(problem(request, 400, "invalid", _("A value is outside of what can be stored.")))


def _unexpected(error: Exception, request: Any) -> Response:
    """A fault of ours: logged with the request's id and reported as the framework reports any other."""
    logger.error("%s: %s", request_id(request), type(error).__name__, exc_info=error)
    got_request_exception.send(sender=None, request=getattr(request, "_request", request))
    detail = _("Something went wrong on our side. If it happens again, tell us the request_id.")
    return respond(problem(request, 500, "internal_error", detail))


def _headers(status: int, retry_after: float | None = None) -> dict[str, str]:
    headers = {"Retry-After": str(max(1, int(retry_after)))} if retry_after else {}
    return headers | ({"WWW-Authenticate": f'{REALM}, error="invalid_token"'} if status == 401 else {})


ANSWERS: tuple[tuple[Any, Callable[[Any, Any], Response]], ...] = (
    (Refusal, _refusal),
    (exceptions.ValidationError, _invalid),
    (exceptions.APIException, _framework),
    (ModelError, _model_error),
    (Http404, _not_found),
    (PermissionDenied, _denied),
    (RequestDataTooBig, _too_large),
    (SuspiciousOperation, _suspicious),
    (DataError, _bad_value),
    (IntegrityError, _collision),
    ((OperationalError, InterfaceError), _database_away),
)
