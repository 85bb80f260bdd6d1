"""Place verbs: regions as a tree with paths, the business day of a store, and the stores near a place."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock
from math import isfinite
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext_lazy as _

from stores.distances import boxes, kilometres
from stores.errors import Refusal
from stores.models import Region, Store
from stores.policy import define

NEAR_KM = define("stores.near_km", 3.0, _("Kilometres within which a store is near"), minimum=0.1, maximum=100)


@dataclass(frozen=True)
class Near:
    """A store and how far away it is, in kilometres."""

    store: Store
    km: float


def place_region(region: Region) -> Region:
    """Save a region and keep ``path`` right for it and everything below.

    Raises Refusal when it would come to lie below itself.
    """
    with transaction.atomic():
        parents = list(Region.objects.select_for_update().order_by("pk").values_list("pk", "path"))
        paths = dict(parents)
        old_path = paths.get(region.pk, "")
        base = paths.get(region.parent_id, "/") if region.parent_id else "/"
        if old_path and base.startswith(old_path):
            raise Refusal(_("A region cannot lie below itself."), code="region_circle")
        region.save()
        new_path = f"{base}{region.pk}/"
        if old_path and old_path != new_path:
            below = Region.objects.filter(path__startswith=old_path).exclude(pk=region.pk)
            below.update(path=Concat(Value(new_path), Substr(F("path"), len(old_path) + 1)))
        Region.objects.filter(pk=region.pk).update(path=new_path)
        region.path = new_path
    return region


def business_day(store: Store | None, moment: datetime) -> date:
    """The calendar day that ``moment`` belongs to in the store's time zone."""
    return moment.astimezone(zone_of(store)).date()


def end_of_day(store: Store | None, day: date) -> datetime:
    """The exclusive end of a business day: the next local midnight."""
    return datetime.combine(day + timedelta(days=1), clock.min, zone_of(store))


def start_of_day(store: Store | None, day: date) -> datetime:
    """The local midnight that a business day begins with."""
    return datetime.combine(day, clock.min, zone_of(store))


def zone_of(store: Store | None) -> ZoneInfo:
    """The time zone whose calendar counts; without a store the chain's own."""
    return ZoneInfo(store.time_zone if store else "Asia/Shanghai")


def open_stores(day: date) -> QuerySet[Store]:
    """The stores that sell on a day, by city and name."""
    opened = Q(opened_on=None) | Q(opened_on__lte=day)
    return Store.objects.filter(opened, Q(closed_on=None) | Q(closed_on__gt=day)).order_by("city", "name", "pk")


def nearest(
    latitude: float, longitude: float, *, day: date, within_km: float | None = None, most: int = 5
) -> list[Near]:
    """The stores that sell on a day and lie within a distance (``stores.near_km`` unless said), the nearest first.

    Raises Refusal ``bad_place`` for what lies nowhere on earth.
    """
    if not (isfinite(latitude) and isfinite(longitude)) or abs(latitude) > 90 or abs(longitude) > 180:
        sentence = _("Latitude lies between -90 and 90, longitude between -180 and 180.")
        raise Refusal(sentence, code="bad_place", extra={"field": "place"})
    reach = NEAR_KM.value if within_km is None else within_km
    inside = Q(pk__in=())
    for south, north, west, east in boxes(latitude, longitude, reach):
        inside |= Q(latitude__range=(south, north), longitude__range=(west, east))
    found = [
        Near(store, kilometres(latitude, longitude, store.latitude, store.longitude))
        for store in open_stores(day).filter(inside)
        if store.latitude is not None and store.longitude is not None
    ]
    return sorted((near for near in found if near.km <= reach), key=lambda near: (near.km, near.store.pk))[:most]
