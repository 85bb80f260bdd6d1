"""The manager's board, hand-over and sharing out."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.results import team_board
from members import handover as handing
from stores.models import Staff, Store
from workbench.access import LEADERS, open_to, staff_of
from workbench.answers import done
from workbench.presenters import periods, results, teampage
from workbench.presenters.links import Choice, address
from workbench.queries import number_in


@require_safe
@open_to(*LEADERS)
def team(request: HttpRequest) -> HttpResponse:
    """The store together, each guide by name, members without a guide, a planned hand-over."""
    leader = staff_of(request)
    store, stores = store_of(request, leader)
    period = periods.period_of(store, request.GET.get("period", ""))
    board = team_board(store, period.since, period.until)
    give, rule = request.GET.get("give", ""), request.GET.get("rule", "")
    context = {
        "store": store,
        "stores": [Choice(one.name, address("team", query={"store": one.pk}), one == store) for one in stores],
        "periods": periods.choices("team", period.key, store=store.pk if len(stores) > 1 else ""),
        "totals": results.totals(board.whole),
        "guides": results.board(board.guides),
        "unassigned": None if give else teampage.unassigned(store, leader),
        "handover": teampage.plan_for(_giving(give, leader), store, leader, rule) if give else None,
        "back_url": address("team", query={"store": store.pk if len(stores) > 1 else ""}),
        "days_url": address("store-days", query={"store": store.pk if len(stores) > 1 else ""}),
        "leavers": [] if give else _leavers(store, leader),
        "undo": None if give else teampage.latest_batch(store, leader),
    }
    return render(request, "workbench/team.html", context)


@open_to(*LEADERS)
def handover(request: HttpRequest, give: str) -> HttpResponse:
    """GET: who would go where. POST: do it, as one batch that can be taken back."""
    leader = staff_of(request)
    store, _stores = store_of(request, leader)
    giving = _giving(give, leader)
    if request.method != "POST":
        rule = request.GET.get("rule", "")
        context = {
            "title": teampage.title_of(giving),
            "moves": teampage.moves_of(giving, store, leader, rule),
            "next_url": "",
            "back_url": address("team", query={"give": give, "rule": rule, "store": store.pk}),
        }
        return render(request, "workbench/handover.html", context)
    rule = request.POST.get("strategy", "")
    made = handing.hand_over(giving, rule=rule, by=leader) if giving else handing.share_out(store, rule=rule, by=leader)
    text = ngettext("%(count)s member has a new guide", "%(count)s members have a new guide", made.moved)
    return done(request, text % {"count": made.moved}, address("team", query={"store": store.pk}))


@require_POST
@open_to(*LEADERS)
def undo(request: HttpRequest, batch: UUID) -> HttpResponse:
    """Take a whole batch back."""
    count = handing.undo_hand_over(batch, by=staff_of(request))
    text = ngettext("%(count)s member went back", "%(count)s members went back", count)
    return done(request, text % {"count": count}, "workbench:team")


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


def _giving(give: str, leader: Staff) -> Staff | None:
    """Whose members are given away; None: those whom nobody looks after."""
    if give == teampage.NOBODY:
        return None
    if not give.isdigit() or len(give) > 18:
        raise Http404
    return get_object_or_404(Staff.objects.visible_to(leader), pk=int(give))


def _leavers(store: Store, leader: Staff) -> list[dict[str, str]]:
    return [
        {"name": one.name, "url": address("team", query={"give": one.pk, "store": store.pk})}
        for one in teampage.leavers(store, leader)
    ]
