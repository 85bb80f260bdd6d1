"""One tag on a member: who or which rule put it there, until when; its end, and the word that it does not fit."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from members import tagdisputes, tagorigins
from members import tags as tagging
from members.models import Member, Tag, TagGroup
from members.tagorigins import Origin
from members.windows import local_day
from stores.errors import NotFound, Refusal
from stores.models import Staff
from workbench.access import EVERYBODY, open_to, staff_of
from workbench.answers import dialog, retarget
from workbench.forms.tags import DisputeForm, EndForm, Unfit
from workbench.views.member import member_for
from workbench.views.memberedits import tags_panel


@open_to(*EVERYBODY)
def tag(request: HttpRequest, pk: int, tag: int) -> HttpResponse:
    """GET: where the tag comes from. POST ``reason``: it does not fit. POST ``until``: it holds until that day."""
    member, viewer = member_for(request, pk), staff_of(request)
    found = get_object_or_404(Tag.objects.visible_to(viewer).filter(group__in=tagging.groups_for(viewer)), pk=tag)
    if request.method != "POST":
        return _sheet(request, member, _origin(member, found, viewer))
    try:
        if "until" in request.POST:
            _end(request, member, found, viewer)
        else:
            _dispute(request, member, found, viewer)
    except NotFound:
        raise
    except Refusal as refusal:
        answer = _sheet(request, member, _origin(member, found, viewer), error=str(refusal))
        answer.status_code = 422
        return retarget(answer, "#modal")
    return tags_panel(request, member)


def _dispute(request: HttpRequest, member: Member, found: Tag, viewer: Staff) -> None:
    form = DisputeForm(request.POST)
    if not form.is_valid():
        raise Refusal(_("Say why the tag does not fit."), code="reason_missing")
    tagdisputes.raise_dispute(member, found, form.words(), by=viewer)


def _end(request: HttpRequest, member: Member, found: Tag, viewer: Staff) -> None:
    form = EndForm(request.POST)
    if not form.is_valid():
        raise Refusal(_("Choose a day."), code="bad_choice")
    tagging.set_tag(member, found, by=viewer, until=form.cleaned_data["until"])


def _origin(member: Member, found: Tag, viewer: Staff) -> Origin:
    """Raises Refusal ``tag_not_there`` when the member does not carry it."""
    for one in tagorigins.of_member(member, viewer):
        if one.row.tag_id == found.pk:
            return one
    raise Refusal(_("The member does not have this tag any more."), code="tag_not_there")


def _sheet(request: HttpRequest, member: Member, origin: Origin, error: str = "") -> HttpResponse:
    tag, viewer = origin.row.tag, staff_of(request)
    today = local_day(timezone.now())
    is_system = tag.group.kind == TagGroup.Kind.SYSTEM
    context: dict[str, Any] = {
        "member": member,
        "tag": tag,
        "origin": origin,
        "may_dispute": is_system and not origin.is_disputed,
        "may_end": not is_system and tagging.may_set(tag.group, viewer),
        "reasons": Unfit.choices,
        "first_day": today,
        "last_day": today + timedelta(days=tag.lasts_days) if tag.lasts_days else None,
        "error": error,
    }
    return dialog(request, "workbench/member/_tag.html", context, title=tag.name, section="members")
