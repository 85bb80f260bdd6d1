"""What a device keeps of the product: how it is installed, the page for times without network and the script that
shows it. Holds no personal data."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workbench.sheets import DARK, JOINED

FILES = [JOINED, DARK, "django_htmx/htmx-2.min.js", "workbench/app.js", "workbench/fields.js"]
PINE, PAPER = "#0b6b58", "#f3f5f4"  # --accent and --bg of tokens.css
ICONS = (("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any"),
         ("icon-maskable-512.png", "512x512", "maskable"), ("favicon.svg", "any", "any"))  # fmt: skip
KINDS = {"png": "image/png", "svg": "image/svg+xml"}


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """How a phone installs the workbench: its name in the language of the device, its colours, icons and shortcuts."""
    shortcuts = ((_("Find a member"), "workbench:members", "?focus=1"), (_("Offers"), "workbench:offers", ""),
                 (_("Results"), "workbench:results", ""))  # fmt: skip
    answer = JsonResponse(
        {
            "id": "/",
            "name": _("Changke workbench"),
            "short_name": _("Changke"),
            "description": _("Whom to speak to today, why, and with what."),
            "lang": get_language(),
            "start_url": reverse("workbench:today"),
            "scope": "/",
            "display": "standalone",
            "theme_color": PINE,
            "background_color": PAPER,
            "icons": [
                {"src": _icon(name), "sizes": sizes, "type": KINDS[name[-3:]], "purpose": purpose}
                for name, sizes, purpose in ICONS
            ],
            "shortcuts": [
                {
                    "name": name,
                    "url": reverse(to) + query,
                    "icons": [{"src": _icon("icon-192.png"), "sizes": "192x192"}],
                }
                for name, to, query in shortcuts
            ],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )
    answer["Cache-Control"] = "no-cache"  # the language is the device's, and may change
    return answer


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page shown when a page cannot be fetched. Devices keep it: what waits to be said to somebody stays out."""
    answer = render(request, "workbench/offline.html", {"messages": ()})
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker; a browser asks for it anew at each start."""
    answer = render(request, "workbench/worker.js", {"files": FILES}, content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer


def _icon(name: str) -> str:
    return static(f"workbench/{name}")
