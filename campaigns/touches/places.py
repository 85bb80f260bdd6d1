"""The places that the contact budget leaves a member today: taken by what leaves now, kept for what is worth more.

A message that is due in the morning and worth little would otherwise take the place of one that is due in the evening
and worth much. So what is still to come today, and could leave then, keeps its place; the lesser one waits until it is
clear whether the better one left.
"""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from members.privacy.contacting import Contact

TAKEN, KEPT = "outbid", "kept"


class Places:
    """The contacts of members, those that are about to be among them. Ask in the order of value, the best first."""

    def __init__(self, contacts: Mapping[int, list[Contact]], now: datetime) -> None:
        self._contacts = contacts
        self._now = now
        self._kept_until: dict[int, datetime] = {}

    def counted(self, member: int, *, kept: bool = True) -> list[Contact]:
        """The contacts that count, the last first; with or without the places kept for later."""
        found = self._contacts[member]
        return found if kept else [one for one in found if one.what != KEPT]

    def take(self, member: int) -> None:
        """A message leaves now."""
        self._contacts[member].insert(0, Contact(self._now, TAKEN))

    def keep(self, member: int, until: datetime) -> None:
        """A message is worth more and leaves later today."""
        self._contacts[member].insert(0, Contact(self._now, KEPT))
        self._kept_until[member] = max(until, self._kept_until.get(member, until))

    def kept_until(self, member: int) -> datetime | None:
        """When the last of those that are worth more leaves; None when no place is kept."""
        return self._kept_until.get(member)


def is_same_day(one: datetime, other: datetime, zone: ZoneInfo) -> bool:
    """Whether two moments lie on one day of a zone, as the cap of a day counts."""
    return one.astimezone(zone).date() == other.astimezone(zone).date()
