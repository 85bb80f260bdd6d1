"""What the frame of every signed-in page shows: who I am, where, how many tasks are open and how many
requests wait."""

from functools import cached_property
from typing import Any

from django.db.models import CharField, Count, QuerySet, Value
from django.http import HttpRequest

from campaigns import guidetasks
from coupons import topups
from stores.models import IN_STORE, Staff


class Shell:
    """The frame for one person. The number of open tasks is counted only when a page shows it."""

    def __init__(self, person: Staff, open_tasks: int | None = None) -> None:
        self.person = person
        self.known = open_tasks
        self.name = person.name
        self.initial = person.name[:1]
        self.is_manager = person.leads_store or bool(person.region_path)

    @property
    def in_store(self) -> bool:
        """Whether the person serves in a store."""
        return self.person.role in IN_STORE

    @property
    def store(self) -> str:
        """The store, or the region of an area manager."""
        return str(self.person.store or self.person.region or "")

    @property
    def role(self) -> str:
        """The role in words."""
        return str(self.person.get_role_display())

    @cached_property
    def open_tasks(self) -> int:
        """How many tasks wait for the person now; none for those who lead a region, who have no list of them."""
        return self._counts["tasks"] if self.known is None else self.known

    @cached_property
    def requests(self) -> int:
        """How many requests for more wait for the person's answer; only leaders get any."""
        return self._counts["requests"]

    @cached_property
    def _counts(self) -> dict[str, int]:
        """Both numbers in one query, since every page shows them."""
        asked = [("requests", topups.waiting_for(self.person))] if self.is_manager else []
        if self.known is None and not self.person.region_path:  # area managers have no list of tasks
            asked.append(("tasks", guidetasks.open_now(self.person)))
        counts = [_count(name, rows) for name, rows in asked]
        found = dict(counts[0].union(*counts[1:], all=True)) if counts else {}
        return {"tasks": 0, "requests": 0} | found


def _count(name: str, rows: QuerySet[Any]) -> QuerySet[Any, tuple[str, int]]:
    """How many rows there are, as a row with a name; none of nothing."""
    named = rows.order_by().values(what=Value(name, output_field=CharField())).annotate(n=Count("pk"))
    return named.values_list("what", "n")


def shell(request: HttpRequest) -> dict[str, Any]:
    """The frame for pages of people who work in stores; nothing for strangers and headquarters."""
    person = getattr(request, "user", None)
    if not isinstance(person, Staff) or person.sees_all:
        return {}
    return {"shell": Shell(person)}
