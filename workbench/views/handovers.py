"""Handing members over: who would go where, deciding it, what became of each member, taking it back."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from members import handover as handing
from members.models import HandOver
from stores.errors import Refusal
from workbench.access import LEADERS, open_to, staff_of
from workbench.answers import done
from workbench.presenters import handovers, handoverstatus
from workbench.presenters.links import Choice, address
from workbench.queries import number_in
from workbench.views.team import giver_of, store_of


@open_to(*LEADERS)
def handover(request: HttpRequest, give: str) -> HttpResponse:
    """GET: who would go where. POST: decide it, for now or for later."""
    leader = staff_of(request)
    store, _stores = store_of(request, leader)
    giving = giver_of(give, leader)
    if request.method != "POST":
        rule = request.GET.get("rule", "")
        context = {
            "title": handovers.title_of(giving),
            **handovers.listed(giving, store, leader, rule),
            "action_url": address("handover", give, query={"store": store.pk}),
            "back_url": address("team", query={"give": give, "rule": rule, "store": store.pk}),
        }
        return render(request, "workbench/handover.html", context)
    how = handovers.how_of(request.POST, leader)
    moment = handovers.moment_of(request.POST.get("when", ""), giving, store)
    key = request.POST.get("request_key", "")
    if giving:
        made = handing.hand_over(giving, rule=how, by=leader, at=moment, key=key)
    else:
        made = handing.share_out(store, rule=how, by=leader, at=moment, key=key)
    return done(request, handovers.done_words(made), address("team", query={"store": store.pk}))


@require_POST
@open_to(*LEADERS)
def undo(request: HttpRequest, batch: UUID) -> HttpResponse:
    """Take a whole hand-over back."""
    count = handing.undo_hand_over(batch, by=staff_of(request))
    text = ngettext("%(count)s member stays or went back", "%(count)s members stay or went back", count)
    return done(request, text % {"count": count}, "workbench:team")


@require_safe
@open_to(*LEADERS)
def listing(request: HttpRequest) -> HttpResponse:
    """The hand-overs of a store in the last months."""
    leader = staff_of(request)
    store, stores = store_of(request, leader)
    context = {
        "store": store,
        "stores": [Choice(one.name, address("handovers", query={"store": one.pk}), one == store) for one in stores],
        "hand_overs": handoverstatus.latest(store, leader),
        "back_url": address("team", query={"store": store.pk if len(stores) > 1 else ""}),
    }
    return render(request, "workbench/handovers.html", context)


@require_safe
@open_to(*LEADERS)
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """One hand-over, member by member."""
    leader = staff_of(request)
    rows = HandOver.objects.visible_to(leader).select_related("giver", "store")
    made = get_object_or_404(rows, pk=pk)
    context = handoverstatus.status(made, leader, number_in(request.GET, "after") or 0)
    back = address("handovers", query={"store": made.store_id if leader.region_path else ""})
    return render(request, "workbench/handover_status.html", {**context, "back_url": back})


@require_POST
@open_to(*LEADERS)
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave one member out of a hand-over that is to come, or let them go along after all."""
    leader = staff_of(request)
    made = get_object_or_404(HandOver.objects.visible_to(leader), pk=pk)
    member = number_in(request.POST, "member")
    if member is None:
        raise Refusal(_("Choose a member."), code="bad_choice")
    change = handing.take_in_again if request.POST.get("switch") == "in" else handing.leave_out
    change(made, member, by=leader)
    return redirect(address("handover-status", pk))
