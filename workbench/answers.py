"""How the workbench answers: a part of a page to htmx, a whole page or a redirect with a message to everybody else."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from stores.errors import Refusal

PARTS = (403, 409, 422)  # the statuses that app.js swaps in


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page."""
    return bool(getattr(request, "htmx", False)) and not request.headers.get("HX-Boosted")


def target_of(request: HttpRequest) -> str:
    """The id of the element that the answer goes into, as htmx says; empty for a whole page."""
    return request.headers.get("HX-Target", "") if wants_part(request) else ""


def dialog(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, title: str, section: str
) -> HttpResponse:
    """A dialog: the fragment alone for htmx, a page of its own without scripts."""
    if wants_part(request):
        return render(request, template, dict(context))
    return render(
        request, "workbench/dialog_page.html", {**context, "fragment": template, "title": title, "section": section}
    )


def done(request: HttpRequest, text: Any, to: str, **kwargs: Any) -> HttpResponse:
    """After an action without htmx: a toast on the next page."""
    messages.success(request, str(text))
    return redirect(to, **kwargs)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A rule said no: its sentence where the result would have stood, or as a toast on the page one came from."""
    if wants_part(request):
        status = refusal.status if refusal.status in PARTS else 422
        return render(request, "components/refusal.html", {"text": refusal.sentence}, status=status)
    messages.error(request, str(refusal))
    return redirect(came_from(request))


def standing(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The sentence of a refusal in the place of the whole page, whoever asked."""
    words = {"text": refusal.sentence, "fragment": "components/refusal.html", "title": "", "section": ""}
    answer = render(request, "workbench/dialog_page.html", words, status=refusal.status)
    answer["Retry-After"] = str(refusal.extra.get("retry_after", 60))
    return answer


def came_from(request: HttpRequest) -> str:
    """The page of ours that the request came from, else the first page."""
    return safe_path(request, request.headers.get("Referer", ""))


def back_of(request: HttpRequest, otherwise: str) -> str:
    """Where a form about a list leads back to: the page that its field ``back`` names, on the way there the page that
    lies under the dialog, else ``otherwise``."""
    if request.method == "POST":
        path = safe_path(request, request.POST.get("back", ""))
    else:
        path = safe_path(request, request.headers.get("HX-Current-URL", ""))
    return path if path != "/" else otherwise


def safe_path(request: HttpRequest, path: str) -> str:
    """``path`` if it leads to a page of ours, else the first page: nobody is sent away by a crafted link."""
    ours = url_has_allowed_host_and_scheme(path, {request.get_host()}, require_https=request.is_secure())
    return path if path and ours else "/"


def retarget(response: HttpResponse, selector: str) -> HttpResponse:
    """Let htmx put the answer elsewhere than the asking element said."""
    response["HX-Retarget"] = selector
    response["HX-Reswap"] = "innerHTML"
    return response
