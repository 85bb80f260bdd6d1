"""Who may open which page of the workbench. Every view is guarded here; a role that is not named is turned away."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from stores.models import Role, Staff
from stores.networks import address_of
from stores.places import zone_of
from workbench.answers import came_from

GUIDES = (Role.GUIDE, Role.STORE_MANAGER)
LEADERS = (Role.STORE_MANAGER, Role.AREA_MANAGER)
EVERYBODY = (Role.GUIDE, Role.STORE_MANAGER, Role.AREA_MANAGER)

View = Callable[..., HttpResponse]


def open_to(*roles: str) -> Callable[[View], View]:
    """Let only these roles in, and speak of times as their store does.

    Strangers go to the sign-in page and come back afterwards, headquarters goes to the admin, other roles get 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path() if request.method == "GET" else came_from(request))
            person = staff_of(request)
            if person.sees_all:
                return redirect("admin:index")
            if person.role not in roles:
                raise PermissionDenied
            with timezone.override(zone_of(person.store)):
                return view(request, *args, **kwargs)

        vars(guarded)["roles"] = roles
        return guarded

    return decorate


def caller_address(request: HttpRequest) -> str:
    """The network address that wrong passwords are counted for."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return address_of(request.META.get("REMOTE_ADDR", ""), forwarded, behind_proxy=settings.TRUST_PROXY)


def staff_of(request: HttpRequest) -> Staff:
    """The person who is signed in."""
    return cast(Staff, request.user)
