"""My members: find, filter, sort, choose several and tag them."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django_htmx.http import push_url

from members import tags as tagging
from members.memberfilters import are_few
from members.models import Member, Tag
from members.privacy import readings
from members.search import Sort, is_too_short, matching, search_members
from stores.errors import Refusal
from stores.models import Role, Staff
from workbench.access import EVERYBODY, GUIDES, open_to, staff_of
from workbench.answers import back_of, dialog, done, target_of
from workbench.presenters import memberfilters
from workbench.presenters.links import address
from workbench.presenters.memberfilters import Asked
from workbench.presenters.memberrows import MemberRow, rows
from workbench.queries import number_in, numbers_in

SORTS = (Sort.LAST_ORDER, Sort.LONGEST_AWAY, Sort.SPEND, Sort.NAME, Sort.JOINED)
MOST_CHOSEN = 50


@dataclass(frozen=True)
class Rows:
    """Some rows, where the next ones are, and how many of all are beyond their usual gap."""

    rows: list[MemberRow]
    next_url: str = ""
    beyond: int = 0


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(*EVERYBODY)
def members(request: HttpRequest) -> HttpResponse:
    """The list; with ``after`` only the rows that follow, with ``select`` one chooses several.

    A search is posted; it leads on to an address in which no number stands, or says it to htmx.
    """
    viewer = staff_of(request)
    asked = memberfilters.asked(request.POST if request.method == "POST" else request.GET, viewer)
    if request.method == "POST" and target_of(request) == "results":
        asked, stores = memberfilters.stores(asked, viewer)
        context = _frame(asked) | _found(viewer, asked, False) | {"stores": stores}
        answer = render(request, "workbench/members.html", context)
        return push_url(answer, asked.url())
    if request.method == "POST":
        return redirect(asked.url())
    in_sheet = target_of(request) in ("match", "modal") or "filters" in request.GET
    asked, stores = memberfilters.stores(asked, viewer, single=in_sheet)
    selecting = "select" in request.GET
    if "after" in request.GET:
        page = _rows(viewer, asked, selecting, request.GET["after"])
        return render(request, "workbench/members/_rows.html", {"page": page, "selecting": selecting})
    if target_of(request) in ("match", "modal"):
        sheet = {"match_count": _count(viewer, asked)} if target_of(request) == "match" else _sheet(viewer, asked)
        return render(request, "workbench/members/_filters.html", _frame(asked) | sheet)
    context = _frame(asked) | _found(viewer, asked, selecting) | {"focus": "focus" in request.GET, "stores": stores}
    if target_of(request) != "results":
        context |= _head(viewer, asked) | (_sheet(viewer, asked) if in_sheet else {})
    return render(request, "workbench/members.html", context)


@open_to(*EVERYBODY)
def tag_chosen(request: HttpRequest) -> HttpResponse:
    """Put one tag on several members: choose it, then say how many have it now."""
    viewer = staff_of(request)
    data = request.POST if request.method == "POST" else request.GET
    ids = numbers_in(data, "member", MOST_CHOSEN + 1)
    if not ids or len(ids) > MOST_CHOSEN:
        raise Refusal(_("Choose 1 to %(most)s members.") % {"most": MOST_CHOSEN}, code="bad_choice")
    if request.method != "POST":
        back = back_of(request, reverse("workbench:members"))
        context = {"ids": ids, "suggestions": _tags_for(ids, viewer), "back": back}
        return dialog(request, "workbench/members/_tag_many.html", context, title=_("Tag"), section="members")
    tag = get_object_or_404(Tag.objects.visible_to(viewer), pk=number_in(data, "tag"))
    count = tagging.tag_many(ids, tag, by=viewer)
    words = {"tag": tag.name, "count": count}
    text = ngettext("“%(tag)s” set on %(count)s member", "“%(tag)s” set on %(count)s members", count)
    return done(request, text % words, back_of(request, reverse("workbench:members")))


def _tags_for(ids: list[int], viewer: Staff) -> list[dict[str, Any]]:
    """The tags that ``viewer`` may set, each with how many of the chosen members have it and how many would get it."""
    tags = tagging.suggest("", viewer, limit=30)
    seen = list(Member.objects.visible_to(viewer).filter(pk__in=ids).values_list("pk", flat=True))
    carried = tagging.carried_among(seen, tags)
    return [
        {"pk": tag.pk, "name": tag.name, "has": carried.get(tag.pk, 0), "comes": len(seen) - carried.get(tag.pk, 0),
         "alone": tag.group.single_choice}
        for tag in tags
    ]  # fmt: skip


def _rows(viewer: Staff, asked: Asked, selecting: bool, after: str | None = None) -> Rows:
    """A page of rows. Who is beyond their gap is counted on a first page over everybody, but not over many stores: it
    would walk all their members."""
    filters = memberfilters.conditions(asked, viewer)
    counted = after is None and not asked.narrowed and are_few(viewer, filters)
    page = search_members(viewer, asked.words, filters=filters, sort=asked.sort, after=after, count_beyond=counted)
    readings.note(viewer, len(page.rows))
    more = {"after": page.next} | ({"select": 1} if selecting else {})
    return Rows(rows(page.rows, viewer, with_channels=selecting), asked.url(**more) if page.next else "", page.beyond)


def _found(viewer: Staff, asked: Asked, selecting: bool) -> dict[str, Any]:
    """The rows, or the words for why there are none."""
    short = is_too_short(viewer, asked.words, memberfilters.in_store(asked))
    page = Rows([]) if short else _rows(viewer, asked, selecting)
    first = page.rows[0].pk if page.rows and not selecting else None
    return {
        "page": page,
        "first_url": address("member", first) if first else "",
        "over_count": page.beyond,
        "selecting": selecting,
        "select_url": asked.url(select=1),
        "bulk": _bulk(viewer),
        "none": None if page.rows else _one_more() if short else _nobody(viewer, asked),
    }


def _bulk(viewer: Staff) -> dict[str, str]:
    """What somebody may do about several members: offers and tasks belong to a store."""
    serves = viewer.role in GUIDES
    return {
        "tag_url": reverse("workbench:members-tag"),
        "task_url": reverse("workbench:members-tasks") if serves else "",
        "offer_url": reverse("workbench:members-offer") if serves else "",
    }


def _frame(asked: Asked) -> dict[str, Any]:
    """What stands around the rows, without a query."""
    following = SORTS[(SORTS.index(Sort(asked.sort)) + 1) % len(SORTS)]
    return {
        "title": _("Members"),
        "total": 0,
        "match_count": 0,
        "query": {
            "q": asked.words,
            "sealed": asked.q,
            "store": asked.store,
            "sort": asked.sort if asked.sort != Sort.LAST_ORDER else "",
        },  # fmt: skip
        "kept": [(name, value) for name, value in asked.pairs if value and name not in ("q", "store")],
        "sort": {"label": Sort(asked.sort).label, "url": asked.url(sort=following)},
        "filter_url": asked.url(filters=1),
        "cancel_url": asked.url(),
        "clear_url": Asked(q=asked.q, store=asked.store).url(),
    }


def _head(viewer: Staff, asked: Asked) -> dict[str, Any]:
    """What stands above the list: how many there are in all (not beside a search in many stores), and the chips."""
    own = viewer.role == Role.GUIDE
    among = memberfilters.in_store(asked)
    return {
        "title": _("My members") if own else _("Members of the store") if viewer.store else _("Members"),
        "total": matching(viewer, filters=among).count() if are_few(viewer, among) else None,
        "active": memberfilters.active(asked, viewer),
        "quick": [{"label": title} for title in memberfilters.unused(asked, viewer)[:3]],
    }


def _sheet(viewer: Staff, asked: Asked) -> dict[str, Any]:
    """The filter sheet, which is asked for when somebody opens it."""
    return {"filters": memberfilters.offered(asked, viewer), "match_count": _count(viewer, asked), "filter_open": True}


def _count(viewer: Staff, asked: Asked) -> int:
    return matching(viewer, asked.words, memberfilters.conditions(asked, viewer)).count()


def _one_more() -> dict[str, str]:
    """Why so short a search finds nobody yet."""
    text = _("Among all stores too many begin with one character. Or choose a store first.")
    return {"title": _("Type one more character"), "text": text, "url": "", "label": ""}


def _nobody(viewer: Staff, asked: Asked) -> dict[str, str]:
    """Why the list is empty, and what to do next."""
    clear = {"url": reverse("workbench:members"), "label": _("See everybody")}
    if asked.narrowed:
        return clear | {"title": _("Nobody fits these filters"), "text": _("Take one of them off.")}
    if not asked.q:
        return {
            "title": _("No members yet"),
            "text": _("New members appear here once the manager gives them to you."),
            "url": "",
            "label": "",
        }
    text = _("They may belong to another guide, or are not a member yet.")
    if viewer.role != Role.GUIDE:
        text = _("They may belong to another store, or are not a member yet.")
    return clear | {"title": _("“%(query)s” was not found") % {"query": asked.words}, "text": text}
