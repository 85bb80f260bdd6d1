"""What the frame of every signed-in page shows: who I am, where, and how many tasks are open."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest

from campaigns import guidetasks
from stores.models import Staff


class Shell:
    """The frame for one person. The number of open tasks is counted only when a page shows it."""

    def __init__(self, person: Staff, open_tasks: int | None = None) -> None:
        self.person = person
        self.known = open_tasks
        self.name = person.name
        self.initial = person.name[:1]
        self.is_manager = person.leads_store or bool(person.region_path)

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
        """How many tasks wait for the person now."""
        return guidetasks.open_now(self.person).count() if self.known is None else self.known


def shell(request: HttpRequest) -> dict[str, Any]:
    """The frame for pages of people who work in stores; nothing for strangers and headquarters."""
    person = getattr(request, "user", None)
    if not isinstance(person, Staff) or person.sees_all:
        return {}
    return {"shell": Shell(person)}
