"""What a member agrees to, asked by their guide: the words of today on the screen, and what the member says to them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from members.models import Consent, Member
from members.privacy import consents, wordings
from stores.errors import NotFound, Refusal
from workbench.access import EVERYBODY, open_to, staff_of
from workbench.answers import dialog, done, retarget, wants_part
from workbench.presenters import memberpage
from workbench.views.member import member_for


@open_to(*EVERYBODY)
def consent(request: HttpRequest, pk: int, channel: str) -> HttpResponse:
    """GET: the words for this channel. POST: the member agrees, or does not (any more)."""
    member = member_for(request, pk)
    if channel not in Consent.Channel.values or wordings.shown(channel) is None:
        raise Http404
    if request.method != "POST":
        return _words(request, member, channel)
    try:
        _write_down(request, member, channel)
    except NotFound:
        raise
    except Refusal as refusal:
        answer = _words(request, member, channel, error=refusal.sentence)
        answer.status_code = 422
        return retarget(answer, "#modal")
    if not wants_part(request):
        return done(request, _("Written down"), "workbench:member", pk=pk)
    return render(request, "workbench/member/_consent.html", memberpage.allowed(member))


def _write_down(request: HttpRequest, member: Member, channel: str) -> None:
    """The version is that of the words which stood on the screen, even when HQ has published new ones meanwhile."""
    viewer, said = staff_of(request), request.POST.get("said", "")
    if said == "yes":
        version, language = request.POST.get("version", "")[:40], request.POST.get("language", "")[:10]
        consents.grant(member, channel, wording_version=version, language=language, by=viewer)
    elif said == "no":
        consents.withdraw(member, channel, by=viewer)
    else:
        raise Refusal(_("Tap what the member says."), code="bad_choice")


def _words(request: HttpRequest, member: Member, channel: str, *, error: object = "") -> HttpResponse:
    label = dict(Consent.Channel.choices)[channel]
    context = {
        "member": member,
        "channel": channel,
        "label": label,
        "wording": wordings.shown(channel),
        "agreed": consents.may_contact(member, channel),
        "error": error,
    }
    title = _("May we write by %(channel)s?") % {"channel": label}
    return dialog(request, "workbench/member/_consent_words.html", context, title=title, section="members")
