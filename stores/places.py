"""Place verbs: regions as a tree with paths, and the business day of a store."""

from datetime import date, datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext_lazy as _

from stores.errors import Refusal
from stores.models import Region, Store


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
