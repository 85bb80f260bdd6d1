"""Who looked: every reveal of a whole phone number and every export of a member's data, for headquarters to read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.fields.json import KT

from members.models import Member, TimelineFact
from members.privacy import portability
from members.profiles import RevealReason
from stores.models import Staff

REVEALED, EXPORTED = "member.revealed", portability.KIND
PAGE = 50
MOST_LOOKERS = 20


@dataclass(frozen=True)
class Look:
    """One look: when, at whom, by whom (a member of staff, or a partner by code), and why."""

    pk: int
    at: datetime
    kind: str
    member: Member
    by: Staff | None
    partner: str
    reason: str


def looks(
    viewer: Staff,
    *,
    by: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int = PAGE,
) -> list[Look]:
    """The latest looks that a person may read about, newest first; ``before`` is moment and key of the last seen."""
    rows = _narrowed(viewer, by, since, until)
    if before:
        rows = rows.filter(Q(at__lt=before[0]) | Q(at=before[0], pk__lt=before[1]))
    return _in_words(rows.select_related("member").order_by("-at", "-pk")[:limit])


def most_looks(
    viewer: Staff, *, since: datetime | None = None, until: datetime | None = None
) -> list[tuple[Staff, int]]:
    """Who looked most often in that time, and how often."""
    rows = _narrowed(viewer, None, since, until).exclude(maker=None)
    counts = rows.values_list("maker").annotate(count=Count("pk")).order_by("-count", "maker")[:MOST_LOOKERS]
    people = Staff.objects.in_bulk([int(maker) for maker, _count in counts])
    return [(people[int(maker)], count) for maker, count in counts if int(maker) in people]


def _narrowed(viewer: Staff, by: int | None, since: datetime | None, until: datetime | None) -> QuerySet[Any, Any]:
    rows: QuerySet[Any, Any] = TimelineFact.objects.visible_to(viewer).filter(kind__in=(REVEALED, EXPORTED))
    rows = rows.annotate(maker=KT("data__by"))
    if by is not None:
        rows = rows.filter(maker=str(by))
    if since:
        rows = rows.filter(at__gte=since)
    return rows.filter(at__lt=until) if until else rows


def _in_words(facts: Iterable[TimelineFact]) -> list[Look]:
    facts = list(facts)
    people = Staff.objects.in_bulk({fact.data["by"] for fact in facts if "by" in fact.data})
    reasons = dict(RevealReason.choices)
    return [
        Look(
            fact.pk,
            fact.at,
            fact.kind,
            fact.member,
            people.get(fact.data.get("by")),
            str(fact.data.get("partner", "")),
            str(reasons.get(fact.data.get("reason"), fact.data.get("reason", ""))),
        )
        for fact in facts
        if fact.member
    ]
