"""What one may do on a member page: tags, notes, showing the phone, changing the guide."""

from collections.abc import Callable
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from members import assignments, notes, profiles
from members import tags as tagging
from members.models import Consent, Member, MemberState, Tag
from members.privacy import consents
from members.profiles import RevealReason
from stores.errors import NotFound, Refusal
from stores.models import Role, Staff
from workbench.access import EVERYBODY, LEADERS, open_to, staff_of
from workbench.answers import dialog, done, retarget, wants_part
from workbench.forms.members import ReassignForm, RevealForm
from workbench.presenters import memberpage
from workbench.queries import number_in
from workbench.views.member import member_for, notes_of


@open_to(*EVERYBODY)
def tags(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: tags that match what is typed. POST: set one."""
    member, viewer = member_for(request, pk), staff_of(request)
    if request.method != "POST":
        query = request.GET.get("q", "").strip()[:20]
        context = {"suggestions": memberpage.tag_options(query, viewer), "query": query}
        return render(request, "workbench/member/_tag_options.html", context)
    number = number_in(request.POST, "tag")
    if number is None:
        query = request.POST.get("q", "").strip()[:20]
        return tags_panel(request, member, suggestions=memberpage.tag_options(query, viewer))
    return _change_tag(request, member, number, tagging.set_tag)


@require_POST
@open_to(*EVERYBODY)
def remove_tag(request: HttpRequest, pk: int, tag: int) -> HttpResponse:
    """Take a tag off."""
    return _change_tag(request, member_for(request, pk), tag, tagging.remove_tag)


def _change_tag(request: HttpRequest, member: Member, number: int, verb: Callable[..., object]) -> HttpResponse:
    """Set or remove, and show the tags as they are then; a refusal stands above them."""
    viewer = staff_of(request)
    tag = get_object_or_404(Tag.objects.visible_to(viewer), pk=number)
    try:
        verb(member, tag, by=viewer)
    except NotFound:
        raise
    except Refusal as refusal:
        return tags_panel(request, member, error=str(refusal), status=422)
    return tags_panel(request, member)


@require_POST
@open_to(*EVERYBODY)
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a note for the colleagues of this store."""
    member, viewer = member_for(request, pk), staff_of(request)
    text, error = request.POST.get("text", ""), ""
    try:
        notes.add_note(member, text, by=viewer)
    except NotFound:
        raise
    except Refusal as refusal:
        error = str(refusal)
    if not wants_part(request) and not error:
        return done(request, _("Note saved"), "workbench:member", pk=pk)
    context = {"member": member, "notes": notes_of(member, viewer), "note_text": text if error else "", "error": error}
    return render(request, "workbench/member/_notes.html", context, status=422 if error else 200)


@open_to(*EVERYBODY)
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why, record it, and show the whole number for five minutes."""
    member, viewer = member_for(request, pk), staff_of(request)
    title = _("Show the whole number")
    if request.method != "POST":
        first = RevealReason.CALL_BACK.value
        return dialog(
            request, "workbench/member/_reveal.html", _why(member, viewer, first), title=title, section="members"
        )
    form = RevealForm(request.POST)
    try:
        phone = profiles.reveal_phone(member, reason=form.data.get("reason", ""), by=viewer)
    except Refusal as refusal:
        context = _why(member, viewer, form.data.get("reason", "")) | {"error": refusal.sentence}
        answer = dialog(request, "workbench/member/_reveal.html", context, title=title, section="members")
        answer.status_code = 422
        return retarget(answer, "#modal")
    context = {"member": member, "revealed": phone}
    return dialog(request, "workbench/member/_phone.html", context, title=title, section="members")


@require_safe
@open_to(*EVERYBODY)
def phone(request: HttpRequest, pk: int) -> HttpResponse:
    """The masked number again, after five minutes."""
    return render(request, "workbench/member/_phone.html", {"member": member_for(request, pk), "revealed": ""})


@open_to(*LEADERS)
def reassign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a member to another guide of the store."""
    member, viewer = member_for(request, pk), staff_of(request)
    if request.method != "POST":
        title = _("Who looks after %(name)s") % {"name": member}
        context = {"member": member, "guides": _guides(member, viewer)}
        return dialog(request, "workbench/member/_reassign.html", context, title=title, section="members")
    form = ReassignForm(request.POST)
    if not form.is_valid():
        raise Refusal(_("Choose a guide and say why."), code="bad_choice")
    guide = get_object_or_404(Staff.objects.visible_to(viewer), pk=form.cleaned_data["guide"])
    assignments.assign(member, guide, reason=form.cleaned_data["reason"], by=viewer)
    text = _("%(guide)s looks after %(name)s now") % {"guide": guide, "name": member}
    return done(request, text, "workbench:member", pk=pk)


def tags_panel(request: HttpRequest, member: Member, *, status: int = 200, **more: Any) -> HttpResponse:
    """The tags as they are now: the panel for htmx, the member page with a message otherwise."""
    if not wants_part(request) and not more:
        return done(request, _("Tags saved"), "workbench:member", pk=member.pk)
    context = {"member": member, "tags": memberpage.tags_of(member, staff_of(request)), **more}
    if not wants_part(request):
        context |= {"fragment": "workbench/member/_tags.html", "title": _("Tags"), "section": "members"}
        return render(request, "workbench/dialog_page.html", context, status=status)
    return render(request, "workbench/member/_tags.html", context, status=status)


def _why(member: Member, viewer: Staff, chosen: str) -> dict[str, Any]:
    reasons = [{"value": value, "label": label, "is_on": value == chosen} for value, label in RevealReason.choices]
    agreed = consents.may_contact(member, Consent.Channel.PHONE_CALL)
    return {"member": member, "reasons": reasons, "left_today": profiles.reveals_left(viewer), "may_call": agreed}


def _guides(member: Member, viewer: Staff) -> list[dict[str, Any]]:
    """The guides of the member's store, each with how many members they have."""
    people = Staff.objects.visible_to(viewer).filter(role=Role.GUIDE, is_active=True, store=member.home_store_id)
    counts = Member.objects.filter(guide__in=people, state=MemberState.ACTIVE).values_list("guide")
    numbers = dict(counts.annotate(Count("pk")).order_by())
    return [
        {"pk": one.pk, "name": one.name, "members": numbers.get(one.pk, 0), "is_current": one.pk == member.guide_id}
        for one in people.order_by("name")
    ]
