"""What the stores of a region may still give away in offers this month, store by store and all together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from coupons.models import StoreBudget
from coupons.quotas import Purse, month_of, untouched
from stores.models import Staff, Store


@dataclass(frozen=True)
class StoreMonth:
    """A store's budget of this month."""

    store: Store
    purse: Purse


@dataclass(frozen=True)
class RegionMonth:
    """The stores of a region by name, and their budgets together."""

    name: str
    stores: Sequence[StoreMonth]
    total: Purse


def by_store(leader: Staff, stores: Sequence[Store] | None = None) -> list[StoreMonth]:
    """The budgets of the stores that a person may see, by name; untouched ones as the policy says. Two queries, or one
    for ``stores`` that the caller knows the person may see."""
    now = timezone.now()
    if stores is None:
        open_now = Q(closed_on=None) | Q(closed_on__gt=timezone.localdate(now))
        stores = list(Store.objects.visible_to(leader).filter(open_now).select_related("region").order_by("name"))
    months = {store.pk: month_of(store, now) for store in stores}
    rows = StoreBudget.objects.visible_to(leader).filter(store__in=list(months), month__in=set(months.values()))
    held = {(row.store_id, row.month): row for row in rows}
    fresh = untouched()["store"]
    found = []
    for store in stores:
        row = held.get((store.pk, months[store.pk]))
        purse = Purse(row.limit, row.used, row.count_limit, row.count_used) if row else fresh
        found.append(StoreMonth(store, purse))
    return found


def by_region(leader: Staff) -> list[RegionMonth]:
    """The budgets by the region of the store, regions by name."""
    regions: dict[str, list[StoreMonth]] = {}
    for one in by_store(leader):
        regions.setdefault(one.store.region.name, []).append(one)
    return [RegionMonth(name, rows, together(row.purse for row in rows)) for name, rows in sorted(regions.items())]


def together(purses: Iterable[Purse]) -> Purse:
    """Budgets added up; without a limit as soon as one of them has none."""
    limit, count_limit = Decimal(0), 0
    used, count_used = Decimal(0), 0
    bounded = counted = True
    for purse in purses:
        used, count_used = used + purse.used, count_used + purse.count_used
        bounded, limit = bounded and purse.limit is not None, limit + (purse.limit or 0)
        counted, count_limit = counted and purse.count_limit is not None, count_limit + (purse.count_limit or 0)
    return Purse(limit if bounded else None, used, count_limit if counted else None, count_used)
