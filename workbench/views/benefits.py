"""Recording with one tap that a member used a benefit, and taking it back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import benefits
from members.benefitkinds import Recorded, type_of
from members.models import Benefit, BenefitUse, Member
from stores.errors import NotFound, Refusal
from workbench.access import EVERYBODY, open_to, staff_of
from workbench.answers import done, wants_part
from workbench.presenters.benefits import benefits_of
from workbench.views.member import member_for

KEY = 40


@require_POST
@open_to(*EVERYBODY)
def use(request: HttpRequest, pk: int, benefit: int) -> HttpResponse:
    """The member used a benefit here and now."""
    member, viewer = member_for(request, pk), staff_of(request)
    found = get_object_or_404(Benefit.objects.visible_to(viewer), pk=benefit)
    key = request.POST.get("key", "").strip()[:KEY]
    try:
        if type_of(found).recorded == Recorded.TILL:
            raise Refusal(_("The till takes this off and records it."), code="benefit_by_till")
        made = benefits.use(member, found, reference=f"tap:{key}" if key else "", store=viewer.store, by=viewer)
    except NotFound:
        raise
    except Refusal as refusal:
        return _panel(request, member, error=str(refusal), status=422)
    text = _("Recorded: %(benefit)s") % {"benefit": found}
    undo = reverse("workbench:member-benefit-undo", args=[member.pk, made.pk])
    return _panel(request, member, text=text, undo_url=undo)


@require_POST
@open_to(*EVERYBODY)
def take_back(request: HttpRequest, pk: int, use: int) -> HttpResponse:
    """That was a slip of the finger."""
    member, viewer = member_for(request, pk), staff_of(request)
    found = get_object_or_404(BenefitUse.objects.visible_to(viewer).filter(member=member), pk=use)
    try:
        benefits.take_back(found, by=viewer)
    except NotFound:
        raise
    except Refusal as refusal:
        return _panel(request, member, error=str(refusal), status=422)
    return _panel(request, member, text=_("Taken back"))


def _panel(request: HttpRequest, member: Member, *, status: int = 200, **more: Any) -> HttpResponse:
    """The panel as it is now and a toast; without scripts the member's page, or the panel with its refusal."""
    if not wants_part(request) and status == 200:
        return done(request, more["text"], "workbench:member", pk=member.pk)
    context = {"member": member, "benefits": benefits_of(member), **more}
    if not wants_part(request):
        context |= {"fragment": "workbench/member/_benefits.html", "title": _("Benefits"), "section": "members"}
        return render(request, "workbench/dialog_page.html", context, status=status)
    return render(request, "workbench/member/_benefits.html", context, status=status)
