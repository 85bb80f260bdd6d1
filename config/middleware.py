"""Two small middlewares of the assembly: which language is spoken, and what the admin theme may do in the browser."""

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

Handler = Callable[[HttpRequest], HttpResponseBase]

ADMIN_PATHS = ("/hq/", "/api/v1/docs/")
# The admin theme builds on Alpine, which compiles expressions, and on inline styles; the API pages draw in a worker.
ADMIN_POLICY = {
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "worker-src": [SELF, "blob:"],
}


def chosen_language(get_response: Handler) -> Handler:
    """Speak the language the person chose (a cookie), else Chinese; partners get what they ask for in a header.

    The browser's own preference is not asked on the pages: the shop's phones are often set to something else.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        for_partner = request.path_info.startswith("/api/")
        wanted = translation.get_language_from_request(request) if for_partner else _from_cookie(request)
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


def _from_cookie(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
