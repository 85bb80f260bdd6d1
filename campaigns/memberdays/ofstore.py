"""Campaigns and stores: what comes to a store and whether it takes part, and which stores of a campaign do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q
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


@dataclass(frozen=True)
class StoreOf:
    """A store that a campaign is for, and whether it takes part."""

    store: Store
    takes_part: bool


def stores_of(member_day: MemberDay, text: str = "", *, most: int) -> tuple[list[StoreOf], int]:
    """The stores that a campaign is for, those left out first, then by name; at most so many, and how many there are.

    ``text`` is a part of the store's or its region's name.
    """
    chosen = member_day.stores.values_list("pk", flat=True)
    rows = Store.objects.filter(pk__in=chosen) if chosen.exists() else Store.objects.all()
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(region__name__icontains=text))
    out = MemberDay.opted_out.through.objects.filter(memberday=member_day, store=OuterRef("pk"))
    listed = rows.annotate(is_out=Exists(out)).select_related("region").order_by("-is_out", "name", "pk")
    return [StoreOf(one, not one.is_out) for one in listed[:most]], rows.count()


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
