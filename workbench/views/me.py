"""Me: my name, my figures, the look of this device."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_POST, require_safe

from workbench.access import EVERYBODY, open_to, staff_of
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
        "languages": [{"code": code, "name": NATIVE_NAMES[code]} for code, _name in settings.LANGUAGES],
        "language": translation.get_language(),
    }
    return render(request, "workbench/me.html", context)


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
