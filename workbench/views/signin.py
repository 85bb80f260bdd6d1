"""Signing in and out."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from stores.networks import address_of
from workbench.answers import safe_path
from workbench.forms.signin import SignInForm
from workbench.middleware import begin_session


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; whoever is in already goes on."""
    onward = safe_path(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(onward)
        return render(request, "workbench/login.html", {"form": SignInForm(request, ""), "next": onward})
    form = SignInForm(request, _address(request), request.POST)
    if not form.is_valid() or form.person is None:
        return render(request, "workbench/login.html", {"form": form, "next": onward}, status=422)
    login(request, form.person)
    begin_session(request, own_phone=form.cleaned_data["stay"])
    return redirect("admin:index" if form.person.sees_all and onward == "/" else onward)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session on this phone."""
    logout(request)
    return redirect("workbench:login")


def _address(request: HttpRequest) -> str:
    forwarded = request.headers.get("X-Forwarded-For", "")
    return address_of(request.META.get("REMOTE_ADDR", ""), forwarded, behind_proxy=settings.TRUST_PROXY)
