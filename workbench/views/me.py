"""Me: my name, my figures, the look of this device."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from stores import signin
from workbench.access import EVERYBODY, caller_address, open_to, staff_of
from workbench.presenters import received
from workbench.presenters.results import recent
from workbench.templatetags.workbench import THEME_COOKIE, THEMES

NATIVE_NAMES = {"zh-hans": "中文", "en": "English"}
A_YEAR = 365 * 86_400


@require_safe
@open_to(*EVERYBODY)
def me(request: HttpRequest) -> HttpResponse:
    """The page about oneself."""
    person = staff_of(request)
    context = {
        "staff_number": person.employee_no or person.username,
        "recent": recent(person),
        "received": received.count(person) if person.store else None,
        "languages": [{"code": code, "name": NATIVE_NAMES[code]} for code, _name in settings.LANGUAGES],
        "language": translation.get_language(),
    }
    return render(request, "workbench/me.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@open_to(*EVERYBODY)
def password(request: HttpRequest) -> HttpResponse:
    """A new password for oneself; every other device is signed out by it. Guesses at the old one are counted."""
    person, address = staff_of(request), caller_address(request)
    if request.method == "POST":
        signin.begin_try(person.username, address)
    form = PasswordChangeForm(person, request.POST or None)
    known = request.method == "POST" and "old_password" not in form.errors
    if known:  # a new password that is too simple is no guess at the old one
        signin.succeeded(person.username, address)
    if form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, _("Your password is changed."))
        return redirect("workbench:me")
    return render(request, "workbench/password.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@open_to(*EVERYBODY)
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the phone: kept on this device."""
    answer = redirect("workbench:me")
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        secure = settings.SESSION_COOKIE_SECURE
        answer.set_cookie(THEME_COOKIE, chosen, max_age=A_YEAR, secure=secure, httponly=True, samesite="Lax")
    else:
        answer.delete_cookie(THEME_COOKIE, samesite="Lax")
    return answer
