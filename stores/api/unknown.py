"""Answers outside of any view under /api/: an address that does not exist, an error before or around the views."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from stores.api.problems import problem, request_id, respond

PREFIX = "/api/"


@csrf_exempt
def unknown_address(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """404 as a problem, with a hint when only the slash at the end is missing."""
    detail = _("There is no such address.")
    if not request.path_info.endswith("/"):
        try:
            found = resolve(f"{request.path_info}/")
        except Resolver404:
            found = None
        if found is not None and found.func is not unknown_address:
            detail = _("There is no such address. Add the slash at the end.")
    return _answer(request, 404, "no_such_address", detail)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 400 (a bad host, too much data): a problem for partners, the usual page for people."""
    if request.path_info.startswith(PREFIX):
        return _answer(request, 400, "bad_request", _("The request cannot be understood."))
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's 500: a problem for partners, the usual page for people."""
    if request.path_info.startswith(PREFIX):
        detail = _("Something went wrong on our side. If it happens again, tell us the request_id.")
        return _answer(request, 500, "internal_error", detail)
    return defaults.server_error(request)


def _answer(request: HttpRequest, status: int, code: str, detail: Any) -> HttpResponse:
    response = respond(problem(request, status, code, detail), {"X-Request-Id": request_id(request)})
    response.headers["Cache-Control"] = "no-store"
    return response.render()
