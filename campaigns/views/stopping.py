"""The page that a mail leads to, where a member says that they want no more; the address says who, nobody signs in."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.channels import stopping
from stores.errors import NotFound


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the signed address is what lets them
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_messages(request: HttpRequest, signed: str) -> HttpResponse:
    """Ask, since scanners open every link of a mail; on a post it is done, and the same again changes nothing."""
    try:
        member, channel = stopping.whose(signed)
    except NotFound:
        raise Http404 from None
    if request.method == "POST":
        stopping.stop(member, channel)
    return render(request, "campaigns/stop/page.html", {"stopped": request.method == "POST"})
