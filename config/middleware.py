"""Small middlewares of the assembly: the language, what the admin theme may do in the browser, who is at work; and the
middlewares of others that only pages need, which the calls of partners pass by."""

from collections.abc import Callable
from functools import partial
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxMiddleware

from stores.authors import acting
from stores.models import PartnerKey, Staff

Handler = Callable[[HttpRequest], HttpResponseBase]

API, API_PAGES = "/api/", "/api/v1/docs/"
ADMIN_PATHS = ("/hq/", API_PAGES)
# The admin theme builds on Alpine, which compiles expressions, and on inline styles; the API pages draw in a worker.
ADMIN_POLICY = {
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "worker-src": [SELF, "blob:"],
}


CALL_POLICY = "default-src 'none'; frame-ancestors 'none'"


def is_call(request: HttpRequest) -> bool:
    """Whether a partner's system calls: no cookies, no session, no browser that runs what it is sent."""
    path = request.path_info
    return path.startswith(API) and not path.startswith(API_PAGES)


def for_pages(kind: Any) -> Any:
    """The middleware for pages alone: a till does not wait for what only a browser asks for."""

    class ForPages(kind):
        def __call__(self, request: HttpRequest) -> Any:
            return self.get_response(request) if is_call(request) else super().__call__(request)

    return ForPages


class ContentPolicy(CSPMiddleware):
    """The policy of the pages; what a partner's system is sent is no page at all, and may be framed by none."""

    def __call__(self, request: HttpRequest) -> Any:
        """Answers to calls get a policy that never differs."""
        if not is_call(request):
            return super().__call__(request)
        response: Any = self.get_response(request)
        response.headers["Content-Security-Policy"] = CALL_POLICY
        return response


# Pages are packed for slow networks. Packing could betray a secret that is repeated beside words a stranger chose: the
# token of a form differs with every page, and the length of what is packed is blurred by Django.
Packed = for_pages(GZipMiddleware)
Sessions = for_pages(SessionMiddleware)
People = for_pages(AuthenticationMiddleware)
Messages = for_pages(MessageMiddleware)
Htmx = for_pages(HtmxMiddleware)


def chosen_language(get_response: Handler) -> Handler:
    """Speak the language the person chose (a cookie), else Chinese; partners get what they ask for in a header.

    The browser's own preference is not asked on the pages: the shop's phones are often set to something else.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        for_partner = request.path_info.startswith(API)
        wanted = _asked_for(request) if for_partner else _from_cookie(request)
        with translation.override(wanted):
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
            response = get_response(request)
        patch_vary_headers(response, ("Accept-Language" if for_partner else "Cookie",))
        response.headers.setdefault("Content-Language", wanted)
        return response

    return middleware


def admin_content_policy(get_response: Handler) -> Handler:
    """Relax the content security policy where the admin theme and the API pages live, and nowhere else."""

    relaxed = csp_replace(ADMIN_POLICY)(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return relaxed(request) if request.path_info.startswith(ADMIN_PATHS) else get_response(request)

    return middleware


def named_authors(get_response: Handler) -> Handler:
    """Let the change history know who is at work, and through which door they came."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        door = "hq" if path.startswith("/hq/") else "api" if path.startswith(API) else "workbench"
        with acting(door=door, by=partial(_staff, request), key=partial(_key, request)):
            return get_response(request)

    return middleware


def _staff(request: HttpRequest) -> int | None:
    person = getattr(request, "user", None)
    return person.pk if isinstance(person, Staff) else None


def _key(request: HttpRequest) -> int | None:
    """The partner's key, which the API notes on the request once it has found it good."""
    key = getattr(request, "auth", None)
    return key.pk if isinstance(key, PartnerKey) else None


def _asked_for(request: HttpRequest) -> str:
    if "HTTP_ACCEPT_LANGUAGE" not in request.META:  # as from most tills
        return settings.LANGUAGE_CODE
    return translation.get_language_from_request(request)


def _from_cookie(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
