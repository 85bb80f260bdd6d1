"""What a device keeps for times without network: one page and the script that shows it. Holds no personal data."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

SHEETS = (
    "tokens", "dark", "base", "layout", "controls", "surfaces", "rows", "overlays", "charts", "today", "members",
    "offer", "team", "login", "utilities",
)  # fmt: skip
FILES = [*(f"workbench/css/{name}.css" for name in SHEETS), "workbench/app.js", "workbench/fields.js"]


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page shown when a page cannot be fetched."""
    return render(request, "workbench/offline.html")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker; a browser asks for it anew at each start."""
    answer = render(request, "workbench/worker.js", {"files": FILES}, content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer
