"""Files for those who lead stores: chosen, given a reason, written down, handed out."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from campaigns.work import reading
from campaigns.work.exporting import MOST_ROWS, PER_DAY, What
from stores import tablefiles
from stores.errors import NotAllowed, NotFound, Refusal
from stores.models import Staff, Store
from workbench import filestaken
from workbench.access import LEADERS, open_to, staff_of
from workbench.presenters.links import Choice, address
from workbench.views.region import month_of
from workbench.views.team import store_of

MONTHS = 6


@open_to(*LEADERS)
def export(request: HttpRequest) -> HttpResponse:
    """GET: what a file may be of. POST: the file; a refusal stands beside the reason."""
    leader = staff_of(request)
    store, stores = store_of(request, leader)
    asked = request.POST if request.method == "POST" else request.GET
    error = ""
    if request.method == "POST":
        what, kind = asked.get("what", ""), asked.get("kind", "")
        month, reason = month_of(asked.get("month", "")), asked.get("reason", "")
        try:
            file = filestaken.take(what, store, month, kind, reason=reason, by=leader)
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            error = str(refusal)
        else:
            head = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
            return HttpResponse(file.content, content_type=file.content_type, headers=head)
    context = _form(asked, store, stores, leader) | {"error": error}
    return render(request, "workbench/team_export.html", context, status=422 if error else 200)


def _form(asked: Any, store: Store, stores: list[Store], leader: Staff) -> dict[str, Any]:
    chosen = month_of(asked.get("month", ""))
    what = asked.get("what", "")
    one_of = leader.leads_store
    return {
        "store": store,
        "stores": [Choice(one.name, address("team-export", query={"store": one.pk}), one == store) for one in stores],
        "whats": [
            {"key": key, "label": label, "is_on": key == (what if what in What.values else What.GUIDES)}
            for key, label in What.choices
            if key != What.STORES or not one_of
        ],
        "months": [{"key": f"{one:%Y-%m}", "is_on": one == chosen} for one in reading.months_back(MONTHS)],
        "kinds": [{"key": key, "label": key.upper()} for key in (tablefiles.XLSX, tablefiles.CSV)],
        "reason": asked.get("reason", "")[: filestaken.LONGEST],
        "most_rows": MOST_ROWS.value,
        "left": max(0, PER_DAY.value - filestaken.taken_today(leader)),
        "action_url": address("team-export", query={"store": store.pk if len(stores) > 1 else ""}),
        "back_url": address("team", query={"store": store.pk if len(stores) > 1 else ""}),
    }
