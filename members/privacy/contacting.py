"""How often and at what hours a member may be contacted, whoever does it: guides and machines share one budget.

Each band above says in a module ``contacts`` which of its rows reached a member or are about to (``counts``). Whoever
asks before a contact and then writes one down holds the member's row from the question to the writing, so that two
can never take the same place.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext_lazy as _

from stores.policy import define

QUIET_FROM = define("offers.quiet_from_hour", 21, _("Quiet hours begin at"), minimum=0, maximum=23)
QUIET_UNTIL = define("offers.quiet_until_hour", 9, _("Quiet hours end at"), minimum=0, maximum=23)
PER_DAY = define("contacts.per_day", 2, _("Contacts with a member in a day, by guides and machines"), minimum=1)
PER_MONTH = define("contacts.per_month", 12, _("Contacts with a member in 30 days, by guides and machines"), minimum=1)
MONTH = timedelta(days=30)
DAY_FULL, MONTH_FULL, QUIET = "cap_day", "cap_month", "quiet_hours"

_COUNTED: list[str] = []


def counts(sql: str) -> None:
    """Count the rows of a statement as contacts with the members ``%(ids)s`` after ``%(since)s``.

    It yields member, moment, what it is, and the number and name of the person who did it or NULL. Its text is our own.
    """
    _COUNTED.append(sql)


@dataclass(frozen=True)
class Contact:
    """Somebody or something reached a member, or is about to. A machine has neither ``by`` nor ``by_name``."""

    at: datetime
    what: str = ""
    by: int | None = None
    by_name: str | None = None


@dataclass(frozen=True)
class Hindrance:
    """What stands against a contact for a while: a stable code, and the first moment at which nothing does."""

    code: str
    until: datetime


def contacts_of(member_ids: Iterable[int], at: datetime) -> dict[int, list[Contact]]:
    """Who contacted each member in the 30 days up to ``at``, the last first; in one query."""
    found: dict[int, list[Contact]] = defaultdict(list)
    params: dict[str, Any] = {"ids": sorted(set(member_ids)), "since": at - MONTH}
    rows = " UNION ALL ".join(f"({sql})" for sql in _COUNTED)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c.* FROM ({rows}) AS c (member_id, at, what, by, by_name) ORDER BY c.at DESC", params)
        for member, *contact in cursor.fetchall():
            found[member].append(Contact(*contact))
    return found


def budget_spent(contacts: Sequence[Contact], at: datetime, zone: ZoneInfo) -> Hindrance | None:
    """Whether these contacts (the last first) leave no place for another at ``at``; a day is one of the zone's."""
    per_day, per_month = PER_DAY.value, PER_MONTH.value
    local = at.astimezone(zone)
    midnight = datetime.combine(local.date(), time.min, zone)
    in_month = [one.at for one in contacts if one.at > at - MONTH]
    found: list[Hindrance] = []
    if sum(moment >= midnight for moment in in_month) >= per_day:
        found.append(Hindrance(DAY_FULL, datetime.combine(local.date() + timedelta(days=1), time.min, zone)))
    if len(in_month) >= per_month:
        found.append(Hindrance(MONTH_FULL, in_month[per_month - 1] + MONTH))
    return max(found, key=lambda one: one.until) if found else None


def quiet_until(at: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of the quiet hours in which ``at`` lies by the zone's clock; None when it lies in none."""
    local, start, end = at.astimezone(zone), QUIET_FROM.value, QUIET_UNTIL.value
    over_midnight = start > end
    if not (start <= local.hour or local.hour < end if over_midnight else start <= local.hour < end):
        return None
    day = local.date() + timedelta(days=over_midnight and local.hour >= start)
    return datetime.combine(day, time(end), zone)


def hindrance(contacts: Sequence[Contact], at: datetime, zone: ZoneInfo, *, disturbs: bool) -> Hindrance | None:
    """What stands against a contact at ``at``: the shared budget, and for what makes a noise the quiet hours.

    ``until`` is free of both.
    """
    spent = budget_spent(contacts, at, zone)
    free = spent.until if spent else at
    quiet = quiet_until(free, zone) if disturbs else None
    if quiet is None:
        return spent
    return Hindrance(spent.code if spent else QUIET, quiet)
