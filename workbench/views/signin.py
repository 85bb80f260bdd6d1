"""Signing in and out."""

from urllib.parse import urlsplit

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from stores.models import Staff
from workbench.access import caller_address, staff_of
from workbench.answers import safe_path
from workbench.devices import remember
from workbench.forms.signin import SignInForm
from workbench.middleware import OWN_DAYS, begin_session


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; whoever is in already goes on."""
    onward = safe_path(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(_door(staff_of(request), onward))
        return _page(request, SignInForm(request, ""), onward)
    form = SignInForm(request, caller_address(request), request.POST)
    if not form.is_valid() or form.person is None:
        return _page(request, form, onward, status=422)
    login(request, form.person)
    # Who sees every member is never signed in for days: their sessions end like those of a shared phone.
    begin_session(request, own_phone=form.cleaned_data["stay"] and not form.person.sees_all)
    answer = redirect(_door(form.person, onward))
    remember(request, answer, form.person.username)
    return answer


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session on this phone."""
    logout(request)
    answer = redirect("workbench:login")
    answer["Clear-Site-Data"] = '"cache", "storage"'  # whoever takes the phone next finds no page and no draft
    return answer


def _page(request: HttpRequest, form: SignInForm, onward: str, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "next": onward, "own_days": OWN_DAYS.value}
    return render(request, "workbench/login.html", context, status=status)


def _door(person: Staff, onward: str) -> str:
    """Where somebody who is in goes on to. Headquarters' pages send others back here, so they are not sent there."""
    headquarters = reverse("admin:index")
    if person.sees_all:
        return headquarters if onward == "/" else onward
    return "/" if urlsplit(onward).path.startswith(headquarters) else onward
