"""Living near a store: the great-circle distance between the member's place and stores, box first.

SQL and memory compute the same expression (stores.distances) on the same doubles. The box of a store holds every place
within the distance, so that the index of latitudes finds few places.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import MemberPlace
from members.segments.facts.choices import PLACE, chosen, listed
from members.segments.facts.numbers import number, shown
from members.segments.facts.options import Rows
from members.segments.registry import Asked, Binder, Condition, Fact, Meaningless, Members, Narrow, Test
from members.segments.snapshots import Reader, Snapshot
from stores.distances import boxes, haversine, kilometres, threshold
from stores.models import Store

LEAST_KM, MOST_KM = Decimal("0.1"), 1000
WITHIN = "within"
# ``home`` is empty where any store counts; else the store of the box must be the home store.
NEAR = """
    SELECT p.member_id FROM unnest({lists}) AS b(store, latitude, longitude, south, north, west, east)
      JOIN members_memberplace p ON p.latitude BETWEEN b.south AND b.north AND p.longitude BETWEEN b.west AND b.east
    {home} WHERE {far} <= {most}
"""
# The usual question, of one store: the planner sees the box itself, and finds each member once.
NEAR_ONE = """
    SELECT p.member_id FROM members_memberplace p
     WHERE p.latitude BETWEEN {south} AND {north} AND p.longitude BETWEEN {west} AND {east} AND {far} <= {most}
"""
HAVERSINE = """
    sin(radians(p.latitude - {latitude}) / 2) ^ 2
    + cos(radians({latitude})) * cos(radians(p.latitude)) * sin(radians(p.longitude - {longitude}) / 2) ^ 2
"""
# As text, since a preview waits for it: the same question by the ORM takes as long as a city's members take to count.
SPOTS = """
    SELECT id, latitude, longitude FROM stores_store
     WHERE latitude IS NOT NULL AND longitude IS NOT NULL {these} ORDER BY id
"""
HOME = "JOIN members_member h ON h.id = p.member_id AND h.home_store_id = b.store"
PLACE_AND_BOX = ("latitude", "longitude", "south", "north", "west", "east")
TYPES = ("bigint", *["float8"] * 6)


Measure = Callable[[float, float, float, float], float]


@dataclass(frozen=True)
class Spot:
    """A store on the map, in degrees."""

    store: int
    latitude: float
    longitude: float


class NearFact(Fact):
    """Living within so many kilometres of one of some stores; of the home store where none is named. Whoever told no
    place lives near nothing, and so does everybody near a store that is on no map."""

    kind = "near"
    operators = (WITHIN,)
    usual = "3"

    def __init__(self, key: str, label: Any) -> None:
        super().__init__(key, label, group=PLACE)
        self.needs = (key,)
        self.narrows = {"stores": Narrow(gettext_lazy("of the stores (none: of their home store)"), Rows(Store))}

    def readers(self) -> Mapping[str, Reader]:
        """The places of some members."""
        return {self.key: _places}

    def ask(self, op: str, value: Any, where: Mapping[str, Any]) -> Asked:
        """Kilometres, and stores."""
        km = number(value)
        if set(where) - {"stores"} or not LEAST_KM <= km <= MOST_KM:
            raise Meaningless(gettext_lazy("Enter a distance from 0.1 to 1,000 km."))
        names = self.narrows["stores"].names
        narrowed = (("stores", chosen(where["stores"], names)),) if where.get("stores") else ()
        return Asked(self.key, op, km, narrowed)

    def plain(self, asked: Asked) -> Any:
        """As text, so that nothing is rounded."""
        return shown(asked.value)

    def condition(self, asked: Asked, binder: Binder) -> Condition:
        """Places in the boxes of the stores, then by their distance."""
        km, stores = float(asked.value), dict(asked.where).get("stores")
        rows = [(*_of(spot), *box) for spot in _spots(stores) for box in boxes(spot.latitude, spot.longitude, km)]
        most = f"{binder.bind(threshold(km))}::float8"
        if stores and len(rows) == 1:
            bound = {name: f"{binder.bind(one)}::float8" for name, one in zip(PLACE_AND_BOX, rows[0][1:], strict=True)}
            found = NEAR_ONE.format(**bound, most=most, far=HAVERSINE.format(**bound))
            return Members(found, alone=found)
        columns = zip(*rows, strict=True) if rows else [()] * len(TYPES)
        lists = ", ".join(f"{binder.bind(tuple(one))}::{kind}[]" for one, kind in zip(columns, TYPES, strict=True))
        far = HAVERSINE.format(latitude="b.latitude", longitude="b.longitude")
        return Members(NEAR.format(lists=lists, home="" if stores else HOME, most=most, far=far))

    def test(self, asked: Asked, today: date) -> Test:
        """The same in memory."""
        most, stores = threshold(float(asked.value)), dict(asked.where).get("stores")
        spots = _spots(stores)
        return lambda one: any(far <= most for far in self._far(one, spots, haversine, any_store=bool(stores)))

    def told(self, asked: Asked) -> str:
        """Lives within 3 km of the home store."""
        stores = dict(asked.where).get("stores")
        if not stores:
            return _("lives within %(km)s km of the home store") % {"km": shown(asked.value)}
        names = listed(Asked(self.key, asked.op, stores), self.narrows["stores"].names)
        return _("lives within %(km)s km of %(names)s") % {"km": shown(asked.value), "names": names}

    def seen(self, asked: Asked, one: Snapshot, today: date) -> str:
        """The distance to the nearest."""
        stores = dict(asked.where).get("stores")
        nearest = min(self._far(one, _spots(stores), kilometres, any_store=bool(stores)), default=None)
        return _("unknown") if nearest is None else _("%(km).1f km") % {"km": nearest}

    def _far(self, one: Snapshot, spots: Sequence[Spot], measure: Measure, *, any_store: bool) -> Iterable[float]:
        """How far the member lives from each of the stores that count for them."""
        place: MemberPlace | None = one.more.get(self.key)
        mine = [spot for spot in spots if any_store or spot.store == one.member.home_store_id] if place else []
        return [measure(spot.latitude, spot.longitude, place.latitude, place.longitude) for spot in mine if place]


def _of(spot: Spot) -> tuple[int, float, float]:
    return spot.store, spot.latitude, spot.longitude


def _spots(stores: Sequence[int] | None) -> list[Spot]:
    """These stores, or all, as far as they are on the map."""
    with connection.cursor() as cursor:
        these = "" if stores is None else "AND id = ANY(%(stores)s)"
        cursor.execute(SPOTS.format(these=these), {"stores": list(stores or ())})
        return [Spot(*row) for row in cursor.fetchall()]


def _places(ids: Sequence[int], at: datetime) -> Mapping[int, MemberPlace]:
    return MemberPlace.objects.in_bulk(ids)


NEARBY = (NearFact("near", gettext_lazy("Lives near")),)
