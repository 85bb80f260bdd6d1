"""What holds for every page a person signs in for: sessions end, personal pages are not kept, refusals become words."""

import time
from collections.abc import Callable

from django.contrib.auth import logout
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.privacy.readings import ReadTooMany
from stores.errors import NotFound, Refusal
from stores.policy import define
from workbench.answers import refused, standing

Handler = Callable[[HttpRequest], HttpResponseBase]

IDLE_MINUTES = define(
    "signin.idle_minutes", 120, _("Minutes without a tap until a shared phone is signed out"), minimum=5, maximum=1440
)
SHARED_HOURS = define(
    "signin.shared_hours", 12, _("Hours until a shared phone is signed out in any case"), minimum=1, maximum=72
)
OWN_DAYS = define("signin.own_days", 7, _("Days until somebody's own phone is signed out"), minimum=1, maximum=60)
BEGUN, SEEN, OWN = "signed_in_at", "seen_at", "own_phone"
NOTED_EVERY = 300  # seconds between two notes of when the person was last seen


def session_limits(get_response: Handler) -> Handler:
    """End a session that was idle for too long or is too old, whoever holds the phone."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        session = getattr(request, "session", None)
        if session is None:  # a partner's system calls
            return get_response(request)
        begun = session.get(BEGUN) if session.session_key else None
        if begun is not None:
            now, own = int(time.time()), session.get(OWN, False)
            longest = OWN_DAYS.value * 86_400 if own else SHARED_HOURS.value * 3600
            idle = now - session.get(SEEN, begun)
            if now - begun > longest or (not own and idle > IDLE_MINUTES.value * 60):
                logout(request)
            elif idle > NOTED_EVERY and not asks_by_itself(request):
                session[SEEN] = now
        return get_response(request)

    return middleware


def asks_by_itself(request: HttpRequest) -> bool:
    """Whether a page asks without anybody's tap: that keeps no session alive on a phone that was laid down."""
    return request.path == reverse("workbench:today-fresh") and "all" not in request.GET


def begin_session(request: HttpRequest, *, own_phone: bool) -> None:
    """Note when and how somebody signed in. On a shared phone the session also ends with the browser."""
    now = int(time.time())
    request.session[BEGUN], request.session[SEEN], request.session[OWN] = now, now, own_phone
    request.session.set_expiry(OWN_DAYS.value * 86_400 if own_phone else 0)


def private_pages(get_response: Handler) -> Handler:
    """Let nobody keep a page that was made for one person."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        session = getattr(request, "session", None)
        if session is not None and session.accessed and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        return response

    return middleware


class Refusals:
    """Turn a refusal that a view let through into an answer: 404 for what is not there, else its sentence."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Answer refusals of workbench pages; everything else goes its usual way."""
        if not isinstance(exception, Refusal) or not request.resolver_match:
            return None
        if request.resolver_match.namespace != "workbench":
            return None
        if isinstance(exception, NotFound):
            raise Http404(str(exception)) from exception
        if isinstance(exception, ReadTooMany):  # not sent back: the page one came from may be the same
            return standing(request, exception)
        return refused(request, exception)
