"""Which promotions hold at a moment in a store, on the store's own clock."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from campaigns.memberdays.recurrence import dates_between
from campaigns.models import MemberDay, MemberDayOccurrence, MemberDayState, Promotion, PromotionState
from campaigns.promotions.kinds import REGISTRY
from stores.models import Store
from stores.places import business_day, zone_of

A_DAY = timedelta(days=1)  # more than any two clocks of the chain differ
NOBODY = 0  # no tier has this number


@dataclass(frozen=True)
class Live:
    """A promotion that holds on a business day; ``in_hours`` is false where the weekday or the hour is another.

    ``given`` is what its params say, as its kind reads them. ``tier_ids`` are the tiers it is for, those of its kind
    and of its member day included; empty means everybody.
    """

    promotion: Promotion
    given: Any
    in_hours: bool
    tier_ids: frozenset[int]


def live_promotions(store: Store, *, channel: str, at: datetime) -> list[Live]:
    """The promotions that hold on the business day of ``at`` in a store, oldest first. One query."""
    rows = _known_at(at).filter(Q(store_ids=[]) | Q(store_ids__contains=[store.pk]))
    rows = rows.exclude(excluded_store_ids__contains=[store.pk])
    rows = rows.filter(Q(channels=[]) | Q(channels__contains=[channel]))
    day = business_day(store, at)
    return list(_here_and_now(_with_day(rows, store, day), store, at, day))


def _known_at(at: datetime) -> QuerySet[Promotion]:
    """Published at that moment, not ended, and not a day or more away from their window."""
    rows = Promotion.objects.exclude(state=PromotionState.DRAFT).filter(published_at__lte=at)
    rows = rows.filter(Q(ended_at=None) | Q(ended_at__gt=at))
    return rows.filter(Q(ends_at=None) | Q(ends_at__gt=at - A_DAY), starts_at__lte=at + A_DAY).order_by("pk")


def _with_day(rows: QuerySet[Promotion], store: Store, day: date) -> QuerySet[Promotion]:
    """What decides about a member day: whether it is planned on the day, whether the store takes part, its tiers."""
    own = {"memberday": OuterRef("member_day")}
    stores, out, tiers = (getattr(MemberDay, name).through.objects.filter(**own)
                          for name in ("stores", "opted_out", "tiers"))  # fmt: skip
    planned = MemberDayOccurrence.objects.filter(member_day=OuterRef("member_day"), on=day)
    takes_part = Q(~Exists(out.filter(store=store)), Q(~Exists(stores)) | Q(Exists(stores.filter(store=store))))
    return rows.select_related("member_day").annotate(
        day_is_planned=Exists(planned),
        store_takes_part=Case(When(takes_part, then=Value(True)), default=Value(False)),
        day_tier_ids=ArraySubquery(tiers.values("tier")),
    )


def _here_and_now(rows: Iterable[Promotion], store: Store, at: datetime, day: date) -> Iterator[Live]:
    clock = at.astimezone(zone_of(store)).replace(tzinfo=None)
    for one in rows:
        if clock < _wall(one.starts_at) or one.ends_at is not None and clock >= _wall(one.ends_at):
            continue
        if one.member_day_id and not (_noted(one, "store_takes_part") and _falls_on(one, day)):
            continue
        right_day = not one.weekdays or clock.isoweekday() in one.weekdays
        early = one.hour_from is not None and clock.time() < one.hour_from
        late = one.hour_until is not None and clock.time() >= one.hour_until
        given = REGISTRY[one.kind].read(one.params)
        own = frozenset([*one.tier_ids, *REGISTRY[one.kind].tiers(given)])
        tiers = _both(own, frozenset(_noted(one, "day_tier_ids")))
        yield Live(one, given, right_day and not early and not late, tiers)


def _both(own: frozenset[int], of_day: frozenset[int]) -> frozenset[int]:
    """The tiers in both sets, an empty one meaning all."""
    if not own or not of_day:
        return own | of_day
    return own & of_day or frozenset([NOBODY])


def _noted(promotion: Promotion, name: str) -> Any:
    """What the query wrote beside a row."""
    return getattr(promotion, name)


def _wall(moment: datetime) -> datetime:
    """What the chain's clock showed at a moment; each store's own clock is compared with it."""
    return moment.astimezone(zone_of(None)).replace(tzinfo=None)


def _falls_on(promotion: Promotion, day: date) -> bool:
    """Whether the member day is planned for a date or, beyond what is planned, will come on it."""
    member_day = promotion.member_day
    if member_day is None or _noted(promotion, "day_is_planned"):
        return True
    if member_day.state != MemberDayState.PUBLISHED:
        return False
    return _comes_on(member_day.recurrence, member_day.starts_on, member_day.ends_on, day)


@lru_cache(maxsize=512)
def _comes_on(recurrence: str, starts_on: date, ends_on: date | None, day: date) -> bool:
    return bool(dates_between(recurrence, starts_on, ends_on, day, day))
