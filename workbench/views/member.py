"""One member: the page, the pane beside the list, and the panels that load after it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from campaigns.spreading import recommending
from members import notes
from members.models import Member, MemberState
from members.oneid import lineage
from members.privacy import readings
from stores.models import Staff
from workbench.access import EVERYBODY, open_to, staff_of
from workbench.answers import target_of, wants_part
from workbench.presenters import benefits, memberpage, rhythm, tierpath
from workbench.presenters.links import address

NOTES_SHOWN, NEWS_IN_PANE = 10, 4


def member_for(request: HttpRequest, pk: int) -> Member:
    """The member if the reader looks after them; 404 for all others, like for those who do not exist.

    The address of a member who was merged leads to the one they have become.
    """
    mine = Member.objects.visible_to(staff_of(request)).filter(state=MemberState.ACTIVE)
    related = ("tier", "guide", "home_store", "facts__favourite_category", "standing")
    found = mine.select_related(*related).filter(pk=pk).first()
    return found or get_object_or_404(mine.select_related(*related), pk=lineage.living_id(pk))


@require_safe
@open_to(*EVERYBODY)
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a member; the pane when the list asks; with ``full`` all panels at once, for lack of scripts."""
    found, viewer = member_for(request, pk), staff_of(request)
    readings.note(viewer, 1)
    if found.pk != pk:
        return redirect(address("member", found.pk, query=request.GET))
    if target_of(request) == "detail":
        return render(request, "workbench/members/_brief.html", {"brief": _brief(found, viewer)})
    context = _left(found, viewer)
    if "full" in request.GET:
        context |= _feed(request, found, viewer) | panels_of(request, found, viewer)
    return render(request, "workbench/member.html", context)


@require_safe
@open_to(*EVERYBODY)
def feed(request: HttpRequest, pk: int) -> HttpResponse:
    """Rhythm and news; with ``before`` only the older items."""
    if not wants_part(request):
        return _whole_page(request, pk, "feed")
    found, viewer = member_for(request, pk), staff_of(request)
    if "before" in request.GET:
        return render(request, "workbench/member/_timeline_page.html", _news(request, found, viewer))
    answer = render(request, "workbench/member/_feed.html", _feed(request, found, viewer))
    return trigger_client_event(answer, "feed-shown", after="settle")  # what waits below it loads now


@require_safe
@open_to(*EVERYBODY)
def panels(request: HttpRequest, pk: int) -> HttpResponse:
    """Benefits, wallet, tags and notes."""
    if not wants_part(request):
        return _whole_page(request, pk, "wallet")
    found, viewer = member_for(request, pk), staff_of(request)
    return render(request, "workbench/member/_panels.html", panels_of(request, found, viewer))


def panels_of(request: HttpRequest, found: Member, viewer: Staff) -> dict[str, Any]:
    """What benefits, wallet, tags and notes show."""
    return {
        "member": memberpage.head(found, viewer),
        "benefits": benefits.benefits_of(found),
        "wallet": memberpage.wallet_of(found, everything=request.GET.get("wallet") == "all"),
        "tags": memberpage.tags_of(found, viewer),
        "notes": notes_of(found, viewer),
    }


def notes_of(found: Member, viewer: Staff) -> list[dict[str, Any]]:
    """The latest notes of this store."""
    rows = notes.notes_of(found, viewer)[:NOTES_SHOWN]
    return [{"text": note.text, "by": note.author.name, "at": note.created_at} for note in rows]


def _left(found: Member, viewer: Staff) -> dict[str, Any]:
    """Who, the next step, the scores, what is allowed."""
    row = memberpage.head(found, viewer)
    own = found.guide_id == viewer.pk
    named = _("looked after by %(name)s") % {"name": found.guide.name} if found.guide else _("nobody's yet")
    return {
        "member": row,
        "guide_note": "" if own else named,
        "tier_path": tierpath.standing(found),
        "points": found.points,
        "points_expiring": memberpage.points_ending(found),
        "birthday": benefits.birthday_of(found),
        "rfm": memberpage.scores(row),
        "can_reassign": viewer.leads_store or bool(viewer.region_path),
        **memberpage.next_step(found, viewer),
        **memberpage.allowed(found),
    }


def _brief(found: Member, viewer: Staff) -> dict[str, Any]:
    step = memberpage.next_step(found, viewer)
    latest = rhythm.news(found, viewer, limit=NEWS_IN_PANE)["timeline"]
    row = memberpage.head(found, viewer)
    return {"member": row, "points": found.points, **step, "rhythm": rhythm.rhythm_of(found, viewer),
            "timeline": latest}  # fmt: skip


def _feed(request: HttpRequest, found: Member, viewer: Staff) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    return {
        "member": found,
        "rhythm": rhythm.rhythm_of(found, viewer),
        "kinds": rhythm.kinds_of(found, viewer, kind),
        "recommended": recommending.suggested(found),
        **_news(request, found, viewer),
    }


def _news(request: HttpRequest, found: Member, viewer: Staff) -> dict[str, Any]:
    query = request.GET
    return rhythm.news(found, viewer, kind=query.get("kind", ""), before=query.get("before"))


def _whole_page(request: HttpRequest, pk: int, part: str) -> HttpResponse:
    """Without scripts a part is shown on the page it belongs to."""
    query = request.GET.copy()
    query["full"] = "1"
    return redirect(f"{reverse('workbench:member', args=[pk])}?{query.urlencode()}#{part}")
