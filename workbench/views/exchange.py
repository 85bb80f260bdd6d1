"""Taking a coupon for a member's points: choose, see what goes and what comes, confirm; undo for some minutes."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from coupons import exchange as exchanging
from coupons import kinds, voiding
from coupons.models import CouponTemplate, PointsExchange
from members.models import Member
from stores.errors import NotFound, Refusal
from workbench.access import GUIDES, open_to, staff_of
from workbench.answers import dialog, done, wants_part
from workbench.presenters import exchange as presenter
from workbench.queries import number_in
from workbench.templatetags.formats import number
from workbench.views.member import member_for

KEY = 40


@open_to(*GUIDES)
def exchange(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: the coupons that can be had; with ``template`` what exactly would happen. POST: do it."""
    member = member_for(request, pk)
    if request.method == "POST":
        return _exchange(request, member)
    wanted = number_in(request.GET, "template")
    options = exchanging.options_for(member) if wanted else []
    option = next((one for one in options if one.template.pk == wanted and one.is_open), None)
    if option is None:
        return _choose(request, member, chosen=wanted)
    context = presenter.confirmation(member, option, uuid.uuid4().hex)
    return dialog(request, "workbench/member/_exchange_confirm.html", context, title=_title(), section="members")


@require_POST
@open_to(*GUIDES)
def undo(request: HttpRequest, pk: int, made: int) -> HttpResponse:
    """The member changed their mind: the coupon goes, the points come back."""
    member, viewer = member_for(request, pk), staff_of(request)
    mine = PointsExchange.objects.visible_to(viewer).filter(member=member)
    found = get_object_or_404(mine.select_related("coupon"), pk=made)
    try:
        voiding.undo_exchange(found, by=viewer)
    except NotFound:
        raise
    except Refusal as refusal:
        return _choose(request, member, error=str(refusal))
    return _leave(request, member, _("Undone: %(points)s points are back") % {"points": number(found.points)})


def _exchange(request: HttpRequest, member: Member) -> HttpResponse:
    viewer, key = staff_of(request), request.POST.get("request_key", "").strip()[:KEY]
    template = get_object_or_404(CouponTemplate.objects.visible_to(viewer), pk=number_in(request.POST, "template") or 0)
    if not key:
        return _choose(request, member, error=_("The page was open too long. Look at it once more."))
    try:
        made = exchanging.exchange(member, template, request_key=f"s{viewer.pk}:{key}", by=viewer)
    except NotFound:
        raise
    except Refusal as refusal:
        return _choose(request, member, error=str(refusal))
    words = {"points": number(made.points), "coupon": kinds.offer_text(made.coupon.terms)}
    return _leave(request, member, _("%(points)s points for %(coupon)s: in the wallet now") % words)


def _choose(request: HttpRequest, member: Member, *, chosen: int | None = None, error: str = "") -> HttpResponse:
    context = presenter.choice(member, chosen=chosen) | {"error": error}
    answer = dialog(request, "workbench/member/_exchange.html", context, title=_title(), section="members")
    answer.status_code = 422 if error else 200
    return answer


def _leave(request: HttpRequest, member: Member, text: str) -> HttpResponse:
    """Back on the member's page, where points and wallet are new."""
    if not wants_part(request):
        return done(request, text, "workbench:member", pk=member.pk)
    messages.success(request, text)
    return HttpResponse(headers={"HX-Redirect": reverse("workbench:member", args=[member.pk])})


def _title() -> str:
    return _("Coupons for points")
