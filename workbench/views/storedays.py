"""The campaigns of a store: what comes, and whether the store takes part, which its leaders decide."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from campaigns import memberdays
from campaigns.memberdays.ofstore import campaigns_of
from campaigns.models import MemberDay, MemberDayState
from stores.errors import Refusal
from workbench.access import LEADERS, open_to, staff_of
from workbench.answers import refused
from workbench.presenters.links import Choice, address
from workbench.views.team import store_of


@require_safe
@open_to(*LEADERS)
def store_days(request: HttpRequest) -> HttpResponse:
    """The published campaigns of a store, with a switch each."""
    leader = staff_of(request)
    store, stores = store_of(request, leader)
    context = {
        "store": store,
        "stores": [Choice(one.name, address("store-days", query={"store": one.pk}), one == store) for one in stores],
        "campaigns": campaigns_of(store),
        "back_url": address("team", query={"store": store.pk if len(stores) > 1 else ""}),
    }
    return render(request, "workbench/store_days.html", context)


@require_POST
@open_to(*LEADERS)
def take_part(request: HttpRequest, pk: int) -> HttpResponse:
    """The store takes part in a campaign, or no longer."""
    leader = staff_of(request)
    store, stores = store_of(request, leader)
    day = get_object_or_404(MemberDay.objects.visible_to(leader), pk=pk, state=MemberDayState.PUBLISHED)
    decide = memberdays.opt_in if request.POST.get("take_part") == "1" else memberdays.opt_out
    try:
        decide(day, store, by=leader)
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(address("store-days", query={"store": store.pk if len(stores) > 1 else ""}))
