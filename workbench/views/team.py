"""The manager's board: the store together, each guide by name, members without a guide, a planned hand-over."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from campaigns.results import Board, team_board
from campaigns.work import reading
from stores.models import Staff, Store
from workbench.access import LEADERS, open_to, staff_of
from workbench.presenters import certainty, handovers, handoverstatus, periods, results, teampage
from workbench.presenters.links import Choice, address
from workbench.queries import number_in


@require_safe
@open_to(*LEADERS)
def team(request: HttpRequest) -> HttpResponse:
    """The store together, each guide by name, members without a guide, a planned hand-over."""
    leader = staff_of(request)
    store, stores = store_of(request, leader)
    period = periods.period_of(store, request.GET.get("period", ""))
    give = request.GET.get("give", "")
    board = None if give else team_board(store, period.since, period.until)
    rule = request.GET.get("rule", "")
    here = {"store": store.pk if len(stores) > 1 else ""}
    context = {
        "store": store,
        "stores": [Choice(one.name, address("team", query={"store": one.pk}), one == store) for one in stores],
        "periods": periods.choices("team", period.key, **here),
        "totals": results.totals(board.whole) if board else None,
        "guides": results.board(board.guides) if board else [],
        "told": _told(board, store, leader) if board and leader.store else None,
        "unassigned": None if give else teampage.unassigned(store, leader),
        "handover": handovers.plan_for(giver_of(give, leader), store, leader, rule) if give else None,
        "back_url": address("team", query=here),
        "days_url": address("store-days", query=here),
        "handovers_url": address("handovers", query=here),
        "region_url": address("region"),
        "export_url": address("team-export", query=here),
        "leavers": [] if give else _leavers(store, leader),
        "undo": None if give else handoverstatus.takeable(store, leader),
    }
    return render(request, "workbench/team.html", context)


def _told(board: Board, store: Store, leader: Staff) -> certainty.Tellings:
    """What the month's figures can tell of each guide; whoever leads a region finds it for stores on their board."""
    return certainty.of_guides(board.guides, reading.of_guides(store, reading.this_month(), leader))


def store_of(request: HttpRequest, leader: Staff) -> tuple[Store, list[Store]]:
    """The store looked at, and all that the leader may look at; a store manager has one."""
    if leader.store:
        wanted = number_in(request.GET, "store")
        if wanted not in (None, leader.store_id):
            raise Http404
        return leader.store, [leader.store]
    stores = list(Store.objects.visible_to(leader).order_by("name"))
    wanted = number_in(request.GET, "store")
    found = [one for one in stores if wanted in (None, one.pk)]
    if not found:
        raise Http404
    return found[0], stores


def giver_of(give: str, leader: Staff) -> Staff | None:
    """Whose members are given away; None: those whom nobody looks after."""
    if give == handovers.NOBODY:
        return None
    if not give.isdigit() or len(give) > 18:
        raise Http404
    return get_object_or_404(Staff.objects.visible_to(leader), pk=int(give))


def _leavers(store: Store, leader: Staff) -> list[dict[str, str]]:
    return [
        {"name": one.name, "url": address("team", query={"give": one.pk, "store": store.pk})}
        for one in teampage.leavers(store, leader)
    ]
