"""The door at which providers push receipts and answers: /receipts/<channel>/. The channel checks who it is."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.channels import CHANNELS, stopping
from campaigns.touches import outcomes
from stores.errors import Refusal

MOST_BYTES = 1024 * 1024


@csrf_exempt  # a provider signs what it says, and has no cookies
@require_http_methods(["POST"])
def receipts(request: HttpRequest, channel: str) -> HttpResponse:
    """Take what a provider pushed. 404 for unknown channels and wrong signatures alike, 400 for what cannot be read,
    413 for more than a megabyte; whatever is answered with 200 is written down, and may come again."""
    speaker = CHANNELS.get(channel)
    if speaker is None:
        return _plain("not found", 404)
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return _plain("too large", 413)
    try:
        pushed = speaker.pushed(request.headers, request.GET.dict(), request.body)
    except Refusal as refusal:
        return _plain(refusal.code, refusal.status)
    outcomes.receive(channel, pushed.receipts)
    stopping.stop_all(channel, pushed.opt_outs)
    return _plain(pushed.answer, 200)


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain", status=status, headers={"Cache-Control": "no-store"})
