"""What a guide does about several chosen members at once: an offer, and tasks to follow up."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from campaigns import guidetasks, manyoffers
from coupons.kinds.words import listed
from coupons.models import CouponTemplate
from members.models import Member
from stores.errors import NotFound, Refusal
from stores.places import business_day
from workbench.access import GUIDES, open_to, staff_of
from workbench.answers import back_of, dialog, done, wants_part
from workbench.context import Shell
from workbench.forms.many import FollowUpForm, InDays, ManyOfferForm, Todo
from workbench.presenters.manyoffer import ManyPage, WishMany, mark_of, reasoned
from workbench.presenters.tokens import stored
from workbench.queries import number_in, numbers_in

UNDO_SECONDS = 10


@open_to(*GUIDES)
def offer(request: HttpRequest) -> HttpResponse:
    """GET: choose coupon and words for the chosen members. POST: send to those who may get it."""
    if request.method == "POST":
        return _send(request)
    wish = WishMany(staff_of(request), _chosen(request), number_in(request.GET, "template"),
                    script_id=number_in(request.GET, "script"))  # fmt: skip
    answer = _page(request, wish)
    if request.headers.get("HX-Target") == "words":
        answer["HX-Trigger-After-Settle"] = "words"  # other words: the preview follows
    return answer


@require_POST
@open_to(*GUIDES)
def preview(request: HttpRequest) -> HttpResponse:
    """Who gets what is chosen now, who does not, and what it costs."""
    page = _seen(ManyPage(_filled(request)[1]))
    return render(request, "workbench/many/_preview.html", page.preview())


@require_POST
@open_to(*GUIDES)
def undo_offer(request: HttpRequest, key: str) -> HttpResponse:
    """Stop what has not left yet of one press."""
    stopped, left = manyoffers.take_back_many(staff_of(request), key)
    if not stopped and not left:
        raise NotFound(_("There is no such offer."))
    text = ngettext("Taken back: %(count)s offer", "Taken back: %(count)s offers", stopped) % {"count": stopped}
    if left:
        text += " · " + _("%(count)s had left already") % {"count": left}
    return done(request, text, "workbench:members")


@open_to(*GUIDES)
def tasks(request: HttpRequest) -> HttpResponse:
    """GET: what is to be done about the chosen members, and by when. POST: write it down as tasks."""
    viewer, ids = staff_of(request), _chosen(request)
    mine = Member.objects.visible_to(viewer).filter(pk__in=ids).count()
    if not mine:
        raise NotFound(_("Some of these members are not among those you look after."))
    if request.method != "POST":
        return _ask(request, ids)
    form = FollowUpForm(request.POST)
    if not form.is_valid():
        return _ask(request, ids, _("Choose what is to be done and by when."))
    given = form.cleaned_data
    days = given["days"] if given["days"] is not None else 0
    due_on = given["due_on"] or business_day(viewer.store, timezone.now()) + timedelta(days=days)
    try:
        planned = guidetasks.follow_up(viewer, ids, what=form.words(), due_on=due_on, request_key=given["request_key"])
    except Refusal as refusal:
        return _ask(request, ids, str(refusal))
    text = _planned_words(planned)
    if not wants_part(request):
        return done(request, text, back_of(request, reverse("workbench:members")))
    undo = reverse("workbench:members-tasks-undo", args=[given["request_key"]]) if planned.tasks else ""
    return render(request, "workbench/many/_planned.html", {"text": text, "undo_url": undo})


@require_POST
@open_to(*GUIDES)
def undo_tasks(request: HttpRequest, key: str) -> HttpResponse:
    """Remove the tasks of one press again."""
    count = guidetasks.take_back_follow_up(staff_of(request), key)
    if not count:
        raise NotFound(_("There is nothing to take back any more."))
    text = ngettext("%(count)s task taken back", "%(count)s tasks taken back", count) % {"count": count}
    if not wants_part(request):
        return done(request, text, "workbench:members")
    return render(request, "workbench/many/_planned.html", {"text": text, "undo_url": ""})


def _planned_words(planned: guidetasks.Planned) -> str:
    """How many tasks there are now, and who got none."""
    text = ngettext("%(count)s task is on the list of today", "%(count)s tasks are on the list of today", planned.tasks)
    parts = [text % {"count": planned.tasks}]
    parts += [f"{member}：{why}" for member, why in planned.refused[:3]]
    if planned.strangers:
        parts.append(_("%(count)s not yours") % {"count": planned.strangers})
    return " · ".join(parts)


def _ask(request: HttpRequest, ids: list[int], error: str = "") -> HttpResponse:
    today = business_day(staff_of(request).store, timezone.now())
    context: dict[str, Any] = {
        "ids": ids,
        "usual": Todo.choices,
        "days": InDays.choices,
        "first_day": today,
        "last_day": today + guidetasks.FURTHEST,
        "longest": guidetasks.LONGEST,
        "request_key": WishMany(staff_of(request), ()).request_key,
        "back": back_of(request, reverse("workbench:members")),
        "error": error,
    }
    answer = dialog(request, "workbench/many/_tasks.html", context, title=_("Follow up"), section="members")
    answer.status_code = 422 if error else 200
    return answer


def _send(request: HttpRequest) -> HttpResponse:
    form, wish = _filled(request)
    data = form.cleaned_data
    if "look" in request.POST or not data.get("request_key"):
        return _page(request, wish)
    if data.get("seen") != mark_of(wish.message or "", wish.template_id, wish.ids):
        return _page(request, wish, _("Look at the preview once more, then send."))
    known = CouponTemplate.objects.visible_to(wish.guide).select_related("terms")
    template = get_object_or_404(known, pk=wish.template_id)
    _seen(ManyPage(wish))
    sent = manyoffers.send_many(wish.guide, wish.ids, template, text=wish.message or "", request_key=wish.request_key)
    if not sent.offers:
        fresh = replace(wish, request_key=WishMany(wish.guide, ()).request_key)
        return _page(request, fresh, _("Nobody of these may get it now. Below stands why."))
    undo = reverse("workbench:members-offer-undo", args=[wish.request_key])
    context = {
        "shell": Shell(wish.guide),
        "count": len(sent.offers),
        "names": listed([str(offer.member) for offer in sent.offers]),
        "coupon": template.name,
        "dropped": reasoned(sent.dropped),
        "undo_url": undo if manyoffers.leaving(sent.offers) else "",
        "seconds": UNDO_SECONDS,
    }
    return render(request, "workbench/many/sent.html", context)


def _page(request: HttpRequest, wish: WishMany, error: str = "") -> HttpResponse:
    page = _seen(ManyPage(wish))
    context = page.context([error] if error else [])
    return render(request, "workbench/many/offer.html", context, status=422 if error else 200)


def _seen(page: ManyPage) -> ManyPage:
    """What somebody does not look after answers like what does not exist."""
    if page.is_empty:
        raise NotFound(_("Some of these members are not among those you look after."))
    return page


def _filled(request: HttpRequest) -> tuple[ManyOfferForm, WishMany]:
    form = ManyOfferForm(request.POST)
    form.is_valid()
    data: dict[str, Any] = form.cleaned_data
    words = stored(data.get("message", request.POST.get("message", "")[:500]))
    wish = WishMany(staff_of(request), _chosen(request), data.get("template"), words)
    key = data.get("request_key")
    return form, replace(wish, request_key=key) if key else wish


def _chosen(request: HttpRequest) -> list[int]:
    data = request.POST if request.method == "POST" else request.GET
    ids = numbers_in(data, "member", manyoffers.MOST + 1)
    if not ids or len(ids) > manyoffers.MOST:
        raise Refusal(_("Choose 1 to %(most)s members.") % {"most": manyoffers.MOST}, code="bad_choice")
    return ids
