"""Whose figures, and of when: the whole chain, a region or a store, within what somebody may see; a span of days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stores.errors import NotAllowed, NotFound
from stores.models import Region, Staff, Store

REGION, STORE = "region", "store"
OFFERED = 12
LONGEST = 5 * 366  # days; what was asked beyond is cut off at the beginning
PRESETS = {
    "7": gettext_lazy("7 days"),
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "365": gettext_lazy("A year"),
    "730": gettext_lazy("Two years"),
}


@dataclass(frozen=True)
class Scope:
    """The stores whose members are counted. ``stores`` is None for the whole chain, which alone counts members without
    a home store; else the stores of ``region`` and all regions below it, or the one ``store``."""

    stores: frozenset[int] | None = None
    region: Region | None = None
    store: Store | None = None

    @classmethod
    def of(cls, staff: Staff, asked: str = "") -> "Scope":
        """What ``asked`` means (``""`` for all that they may see, ``region-3``, ``store-7``) to somebody.

        Raises NotAllowed for guides, who have members and not stores, and NotFound for a place that is not theirs.
        """
        if not staff.is_active or not (staff.sees_all or staff.region_path or staff.leads_store):
            raise NotAllowed(_("Figures of stores are for those who lead them."))
        if not asked:
            return _all_of(staff)
        kind, _dash, key = asked.partition("-")
        if not key.isascii() or not key.isdigit() or len(key) > 18 or kind not in (REGION, STORE):
            raise NotFound(_("There is no such place."))
        return _of_store(staff, int(key)) if kind == STORE else _of_region(staff, int(key))

    @property
    def key(self) -> str:
        """How an address asks for this place; empty for the whole chain."""
        if self.store:
            return f"{STORE}-{self.store.pk}"
        return f"{REGION}-{self.region.pk}" if self.region else ""

    @property
    def name(self) -> str:
        """The name of the place in the reader's language."""
        place = self.store or self.region
        return place.name if place else _("The whole chain")

    def narrow(self, rows: QuerySet, path: str = "store") -> QuerySet:
        """Only the rows of these stores, which ``path`` leads to."""
        return rows if self.stores is None else rows.filter(Q(**{f"{path}__in": self.stores}))

    def condition(self, column: str) -> str:
        """The same as SQL, for ``values``: true for every row of the whole chain."""
        return "true" if self.stores is None else f"{column} = ANY(%(stores)s)"

    @property
    def values(self) -> dict[str, Any]:
        """The parameters that ``condition`` names."""
        return {"stores": None if self.stores is None else sorted(self.stores)}

    @property
    def rule(self) -> list[dict[str, Any]]:
        """The conditions of a rule tree that keep to this place; none for the whole chain."""
        if self.store:
            return [{"fact": "home_store", "op": "in", "value": [self.store.pk]}]
        return [{"fact": "region", "op": "in", "value": [self.region.pk]}] if self.region else []

    def region_ids(self) -> list[int] | None:
        """The region and all below it, for summaries that are kept by region; None for the whole chain or a store."""
        if self.region is None or self.store is not None:
            return None
        return list(Region.objects.filter(path__startswith=self.region.path).values_list("pk", flat=True))


def places(staff: Staff, typed: str) -> list[tuple[str, str]]:
    """Regions and stores that somebody may ask for and whose name or code holds what was typed: key and name."""
    typed = typed.strip()[:60].replace("\0", "")
    regions = Region.objects.visible_to(staff).filter(name__icontains=typed).order_by("path")
    if staff.region_path:
        regions = regions.filter(path__startswith=staff.region_path)
    elif not staff.sees_all:
        regions = regions.none()
    stores = Store.objects.visible_to(staff).filter(Q(name__icontains=typed) | Q(code__istartswith=typed))
    found = [(f"{REGION}-{one.pk}", one.name) for one in regions[:OFFERED]]
    found += [(f"{STORE}-{one.pk}", one.name) for one in stores.order_by("name", "pk")[: OFFERED - len(found)]]
    return found


def _all_of(staff: Staff) -> Scope:
    if staff.sees_all:
        return Scope()
    return _of_region(staff, staff.region_id or 0) if staff.region_path else _of_store(staff, staff.store_id or 0)


def _of_store(staff: Staff, key: int) -> Scope:
    store = Store.objects.visible_to(staff).filter(pk=key).first()
    if store is None:
        raise NotFound(_("There is no such place."))
    return Scope(frozenset((store.pk,)), store=store)


def _of_region(staff: Staff, key: int) -> Scope:
    region = Region.objects.visible_to(staff).filter(pk=key).first()
    own = staff.sees_all or (region is not None and region.path.startswith(staff.region_path or "-"))
    if region is None or not own:
        raise NotFound(_("There is no such place."))
    inside = Store.objects.visible_to(staff).filter(region__path__startswith=region.path)
    return Scope(frozenset(inside.values_list("pk", flat=True)), region=region)


@dataclass(frozen=True)
class Range:
    """The days from ``first`` to ``last``, both of them counted."""

    first: date
    last: date

    @classmethod
    def back(cls, days: int, today: date) -> "Range":
        """The ``days`` days that end with ``today``."""
        return cls(today - timedelta(days=days - 1), today)

    @classmethod
    def of(cls, asked: Mapping[str, Any], today: date, usual: int = 90) -> "Range":
        """What an address asks for: ``days``, or ``from`` and ``to``; the usual days when it asks for nothing that has
        a meaning. It never goes beyond today, nor back more than five years."""
        first, last = _date(asked.get("from")), _date(asked.get("to"))
        if first is None and last is None:
            days = str(asked.get("days") or "")
            return cls.back(int(days) if days in PRESETS else usual, today)
        last = min(last or today, today)
        first = min(first or last, last)
        return cls(max(first, last - timedelta(days=LONGEST - 1)), last)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Range":
        """As many days just before it."""
        return Range.back(self.days, self.first - timedelta(days=1))

    @property
    def first_month(self) -> date:
        """The first day of the month it begins in."""
        return self.first.replace(day=1)

    @property
    def last_month(self) -> date:
        """The first day of the month it ends in."""
        return self.last.replace(day=1)

    def months(self) -> list[date]:
        """The first days of all months it touches, the oldest first."""
        found, month = [], self.first_month
        while month <= self.last:
            found.append(month)
            month = (month + timedelta(days=32)).replace(day=1)
        return found

    def __str__(self) -> str:
        return f"{self.first} – {self.last}"


def _date(text: Any) -> date | None:
    try:
        return parse_date(str(text or ""))
    except ValueError:  # a day that the calendar does not have
        return None
