"""HQ's page of the channels: which are set up, what they need, what waits, and a trial of each."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.channels import CHANNELS
from campaigns.channels.standing import MOST, standings
from stores.models import Role


@require_http_methods(["GET", "HEAD", "POST"])
def channels_page(request: HttpRequest) -> HttpResponse:
    """The channels; a post tries one."""
    if not request.user.has_perm("campaigns.view_messagetemplate"):
        raise PermissionDenied
    if request.method == "POST":
        _try(request, request.POST.get("channel", ""))
        return HttpResponseRedirect(request.path)
    context = {
        **admin.site.each_context(request),
        "title": _("Channels"),
        "rows": standings(),
        "most": MOST,
        "may_try": request.user.role == Role.HQ_ADMIN,
    }
    return TemplateResponse(request, "campaigns/hq/messages/channels.html", context)


def _try(request: HttpRequest, key: str) -> None:
    """Ask the provider of a channel whether it knows us. Only administrators: whoever can look up the keys."""
    if request.user.role != Role.HQ_ADMIN:
        raise PermissionDenied
    speaker = CHANNELS.get(key)
    if speaker is None or not speaker.is_set_up():
        messages.error(request, _("This channel is not set up. See Channels."))
        return
    reason = speaker.trial()
    if reason:
        messages.error(request, _("%(channel)s: no (%(reason)s).") % {"channel": speaker.label, "reason": reason})
    else:
        messages.success(request, _("%(channel)s: the provider answers and knows us.") % {"channel": speaker.label})
