"""Requests for more and the month's budgets, for whoever leads a store or a region."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coupons import topups
from coupons.models import TopUp, TopUpState
from stores.errors import NotFound, Refusal
from stores.models import Staff
from workbench.access import LEADERS, open_to, staff_of
from workbench.answers import dialog, done, wants_part
from workbench.context import Shell
from workbench.forms.topups import AnswerForm
from workbench.presenters import teamoffers
from workbench.presenters import topups as presenter
from workbench.presenters.links import Choice, address
from workbench.queries import number_in
from workbench.views.team import store_of


@require_safe
@open_to(*LEADERS)
def board(request: HttpRequest) -> HttpResponse:
    """Who waits for an answer, and what each guide may still give this month."""
    return render(request, "workbench/team_offers.html", _page(request))


@open_to(*LEADERS)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """POST: yes or no. GET: why not."""
    leader = staff_of(request)
    related = ("guide", "store", "template__terms")
    found = get_object_or_404(TopUp.objects.visible_to(leader).select_related(*related), pk=pk)
    if request.method != "POST":
        return _why_not(request, found)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise Refusal(_("This form is damaged. Open the list once more."), code="bad_form")
    try:
        made = _decide(found, leader, form.cleaned_data)
    except NotFound:
        raise
    except Refusal as refusal:
        if refusal.code == "top_up_reason_missing":
            return _why_not(request, found, error=str(refusal))
        return _panel(request, {pk: str(refusal)}, status=refusal.status)
    return _panel(request, {}, text=_told(made))


def _decide(found: TopUp, leader: Staff, given: Mapping[str, Any]) -> TopUp:
    if given["answer"] == "agree":
        return topups.grant(found, by=leader, beyond_store=given["beyond"])
    return topups.turn_down(found, by=leader, reason=given["common"] or given["reason"])


def _told(made: TopUp) -> str:
    words = {"name": made.guide.name, "amount": presenter.amount(made.count, made.value)}
    if made.state == TopUpState.GRANTED:
        return _("Agreed: %(name)s %(amount)s") % words
    if made.state == TopUpState.LAPSED:
        return _("Closed without an answer: %(why)s") % {"why": topups.closing_words(made)}
    return _("Not agreed. %(name)s reads your reason.") % words


def _why_not(request: HttpRequest, found: TopUp, *, error: str = "") -> HttpResponse:
    [row] = presenter.waiting([found])
    common = [
        _("Use up what you have first"),
        _("The store's budget is tight this month"),
        _("Another coupon fits better"),
    ]
    context = {"request_row": row, "common": common, "error": error, "store_id": number_in(request.GET, "store")}
    made = dialog(request, "workbench/team/_refuse.html", context, title=_("Do not agree"), section="team")
    if error:
        made.status_code = 422
        made["HX-Retarget"], made["HX-Reswap"] = "#modal", "innerHTML"
    return made


def _common() -> list[str]:
    """The usual reasons."""
    return [
        _("Use up what you have first"),
        _("The store's budget is tight this month"),
        _("Another coupon fits better"),
    ]


def _panel(request: HttpRequest, warned: Mapping[int, str], *, text: str = "", status: int = 200) -> HttpResponse:
    """The list as it stands now; without scripts the page with a toast."""
    if not wants_part(request):
        if not warned:
            return done(request, text, address("team-offers", query={"store": number_in(request.POST, "store")}))
        for sentence in warned.values():
            messages.error(request, sentence)
        return render(request, "workbench/team_offers.html", _page(request, warned), status=status)
    leader = staff_of(request)
    context = _requests(leader, warned) | {"store_id": number_in(request.POST, "store")}
    shown = {row.pk for row in context["requests"]}
    gone = [sentence for pk, sentence in warned.items() if pk not in shown]  # no row is left to stand at
    context |= {"text": text or " ".join(gone), "shell": Shell(leader)}
    return render(request, "workbench/team/_top_ups_answer.html", context, status=status)


def _page(request: HttpRequest, warned: Mapping[int, str] | None = None) -> dict[str, Any]:
    leader = staff_of(request)
    store, stores = store_of(request, leader)
    one = store.pk if len(stores) > 1 else None
    return {
        **_requests(leader, warned or {}),
        **teamoffers.board(store, stores, leader),
        "store_ask": teamoffers.ask_of(store, leader),
        "store": store,
        "store_id": one,
        "stores": [Choice(it.name, address("team-offers", query={"store": it.pk}), it == store) for it in stores],
        "back_url": address("team", query={"store": one}),
    }


def _requests(leader: Staff, warned: Mapping[int, str]) -> dict[str, Any]:
    rows = topups.waiting_for(leader).select_related("guide", "store", "template__terms")
    return {"requests": presenter.waiting(rows, warned)}
