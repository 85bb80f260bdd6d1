"""What pages ask of the counted months: a store's guides, the stores of a region, a guide's own year."""

from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone

from campaigns.models import WorkMonth
from members.windows import local_day
from stores.models import Staff, Store

BACK = 12
SUMS = (
    "members", "new_members", "tasks_done", "tasks_total", "reached", "sent", "used", "direct_orders", "direct",
    "followed_orders", "followed",
)  # fmt: skip


def this_month() -> date:
    """The first day of the month that is being counted."""
    return local_day(timezone.now()).replace(day=1)


def months_back(count: int = BACK) -> list[date]:
    """The first days of the last months, the newest first."""
    found = [this_month()]
    while len(found) < count:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found


def of_guides(store: Store, month: date, viewer: Staff) -> dict[int, WorkMonth]:
    """Guide -> what they did in a store in a month, as counted last."""
    rows = WorkMonth.objects.visible_to(viewer).filter(store=store, month=month, guide__isnull=False)
    return {row.guide_id or 0: row for row in rows}


def of_stores(viewer: Staff, month: date) -> QuerySet[WorkMonth]:
    """The stores that somebody leads, each as a whole, by name."""
    rows = WorkMonth.objects.visible_to(viewer).filter(month=month, guide=None)
    return rows.select_related("store").order_by("store__name", "store")


def whole(rows: QuerySet[WorkMonth]) -> WorkMonth:
    """Some stores together: counts and sums, without shares; nowhere kept."""
    found = rows.order_by().aggregate(**{f"sum_{name}": Sum(name) for name in SUMS})
    summed = {name: found[f"sum_{name}"] or 0 for name in SUMS}
    return WorkMonth(**summed)


def own_year(guide: Staff) -> list[WorkMonth]:
    """A guide's own last twelve months, the newest first; one row a month, whatever stores they served in."""
    since = months_back()[-1]
    rows = WorkMonth.objects.visible_to(guide).filter(guide=guide, month__gte=since)
    found = rows.order_by("-month").values("month").annotate(**{f"sum_{name}": Sum(name) for name in SUMS})
    months: list[Any] = list(found)
    return [WorkMonth(month=row["month"], **{name: row[f"sum_{name}"] for name in SUMS}) for row in months]
