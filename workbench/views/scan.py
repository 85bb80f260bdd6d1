"""Opening a member by the code on their phone: read by the camera where the browser can, typed elsewhere."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from members import membercodes, shortcodes
from members.models import Member, MemberState
from members.oneid import lineage
from stores.errors import NotFound, Refusal
from stores.models import Staff
from workbench.access import EVERYBODY, open_to, staff_of
from workbench.answers import wants_part

LONGEST = 120


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(*EVERYBODY)
def scan(request: HttpRequest) -> HttpResponse:
    """GET: the camera and a field. POST ``code``: to the member's page, or the reason why not."""
    if request.method != "POST":
        return render(request, "workbench/scan.html", {"code": "", "error": ""})
    text = request.POST.get("code", "").strip()[:LONGEST]
    try:
        path = reverse("workbench:member", args=[_member(text, staff_of(request))])
    except Refusal as refusal:
        context = {"code": "" if shortcodes.is_one(text) else text, "error": str(refusal)}
        page = "workbench/scan/_form.html" if wants_part(request) else "workbench/scan.html"
        return render(request, page, context, status=422)
    return HttpResponse(headers={"HX-Redirect": path}) if wants_part(request) else redirect(path)


def _member(text: str, viewer: Staff) -> int:
    """The key of the member whom a code names, if the reader looks after them.

    Raises Refusal; somebody else's member answers like a code that nobody has.
    """
    digits = "".join(text.split())
    mine = Member.objects.visible_to(viewer).filter(state=MemberState.ACTIVE)
    if shortcodes.is_one(text):
        found = mine.filter(pk=lineage.living_id(shortcodes.read(text))).first()
    elif membercodes.is_valid(digits):
        gone = Member.objects.filter(code=digits, state=MemberState.MERGED).values_list("pk", flat=True).first()
        found = (mine.filter(pk=lineage.living_id(gone)) if gone else mine.filter(code=digits)).first()
    else:
        raise Refusal(_("This is no member code. It has twelve digits; check it once more."), code="code_wrong")
    if found is None:
        raise NotFound(_("Nobody you look after has this code. They may belong to a colleague; ask the manager."))
    return found.pk
