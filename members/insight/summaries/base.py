"""What a summary is: a table of counts, rebuilt for a day at a time, each time with its "as of".

A summary's module owns one table. ``rebuild(day)`` replaces the rows of that day, exactly, with one statement that
reads orders, facts and histories; it runs inside the transaction that also writes the state, so that readers see the
old rows or the new and nothing between.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from members.models import SummaryState
from members.orders.worktables import run

ONE_AT_A_TIME = 20_261_122  # the first key of the advisory locks of summaries


def only_today(today: date) -> list[date]:
    """The usual days: a summary of how things stand can only be counted today."""
    return [today]


@dataclass(frozen=True)
class Summary:
    """One summary: the name its states go by, what HQ reads, and how a day of it is counted.

    ``due`` names the days to be rebuilt in a night, the most recent last; ``everything`` those of a full rebuild, the
    same unless given. ``rebuild`` returns how many rows it wrote. It must not commit.
    """

    name: str
    label: Any
    rebuild: Callable[[date], int]
    due: Callable[[date], list[date]] = only_today
    everything: Callable[[date], list[date]] | None = None

    def days(self, today: date, *, anew: bool) -> list[date]:
        """The days to rebuild: what is due, or ``anew`` everything."""
        return (self.everything or self.due)(today) if anew else self.due(today)


def rebuild(summary: Summary, day: date) -> int:
    """Replace the rows of a day and say as of when they are; returns how many rows there are now.

    Whoever rebuilds the same summary at this moment is waited for.
    """
    with transaction.atomic():
        run("SELECT pg_advisory_xact_lock(%(lock)s, hashtext(%(name)s))", {"lock": ONE_AT_A_TIME, "name": summary.name})
        as_of = timezone.now()
        written = summary.rebuild(day)
        SummaryState.objects.update_or_create(name=summary.name, day=day, defaults={"as_of": as_of})
    return written


def replace(table: str, where: str, insert: str, params: Mapping[str, Any]) -> int:
    """Delete the rows of ``table`` that meet ``where`` and insert what the statement ``insert`` selects; returns how
    many those are. ``zone`` is a parameter of both."""
    params = {"zone": settings.TIME_ZONE, **params}
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {where}", params)
        cursor.execute(insert, params)
        return cursor.rowcount


def newest(name: str) -> SummaryState | None:
    """The state of the most recent day of a summary; None before the first night."""
    return SummaryState.objects.filter(name=name).order_by("-day").first()


def as_of(names: Iterable[str]) -> datetime | None:
    """As of when figures are that rest on all of these summaries: the oldest of their last states, None when one of
    them was never counted."""
    wanted = set(names)
    last = SummaryState.objects.filter(name__in=wanted).values("name").annotate(last=Max("as_of"))
    found = {row["name"]: row["last"] for row in last}
    return min(found.values()) if found and set(found) == wanted else None


def months(first: date, last: date) -> list[date]:
    """The first days of the months from that of ``first`` to that of ``last``, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month
    found = ((first.year * 12 + first.month - 1 + nth) for nth in range(count + 1))
    return [date(nth // 12, nth % 12 + 1, 1) for nth in found]
