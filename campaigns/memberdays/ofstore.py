"""The campaigns of a store as its leaders see them: what comes, when, and whether the store takes part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from campaigns.memberdays.dates import said
from campaigns.models import MemberDay, MemberDayOccurrence, MemberDayState
from stores.models import Store
from stores.places import business_day


@dataclass(frozen=True)
class OfStore:
    """A published campaign that is for a store: when it is in words, its next date if one is planned."""

    member_day: MemberDay
    sentence: str
    next_on: date | None
    takes_part: bool


def campaigns_of(store: Store) -> Sequence[OfStore]:
    """The published campaigns that are for a store, those it opted out of included; the next one first."""
    from_today = business_day(store, timezone.now())
    rows = MemberDay.objects.filter(Q(stores=None) | Q(stores=store), state=MemberDayState.PUBLISHED)
    rows = rows.exclude(ends_on__lt=from_today).order_by("pk").distinct()
    dates = MemberDayOccurrence.objects.filter(member_day__in=rows, withdrawn_at=None, until__gte=from_today)
    nexts: dict[int, date] = {}
    for day, on in dates.order_by("on").values_list("member_day", "on"):
        nexts.setdefault(day, on)
    out = set(rows.filter(opted_out=store).values_list("pk", flat=True))
    found = [OfStore(one, said(one), nexts.get(one.pk), one.pk not in out) for one in rows]
    return sorted(found, key=lambda one: (one.next_on is None, one.next_on or date.max, one.member_day.pk))
