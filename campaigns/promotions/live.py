"""Which promotions hold at a moment in a store, on the store's own clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from campaigns.memberdays.recurrence import dates_between
from campaigns.models import MemberDayState, Promotion
from campaigns.promotions.kinds import REGISTRY
from stores.models import Store
from stores.places import zone_of
from stores.rowversions import Remembered, noted, version_of

NOBODY = 0  # no tier has this number

# Twin of campaigns.promotions.sales.HELD. The window is compared on the clock of the chain: what that shows in the
# window, the store's own clock must show. Only what differs from quote to quote is read here.
LIVE = f"""
    WITH had AS (
        SELECT s.promotion_id, sum(s.pieces) AS pieces
          FROM members_order o JOIN campaigns_promotionsale s ON s.order_id = o.id
         WHERE o.member_id = %(member)s GROUP BY s.promotion_id
    )
    SELECT p.id, {version_of("p")} AS version, coalesce(had.pieces, 0)::int AS had,
           (p.weekdays = '{{}}' OR extract(isodow FROM %(clock)s::timestamp) = ANY (p.weekdays))
           AND (p.hour_from IS NULL OR %(clock)s::timestamp::time >= p.hour_from)
           AND (p.hour_until IS NULL OR %(clock)s::timestamp::time < p.hour_until) AS in_hours,
           ARRAY (SELECT x.tier_id FROM campaigns_memberday_tiers x WHERE x.memberday_id = d.id) AS day_tier_ids,
           ARRAY (SELECT e.tier_id FROM campaigns_earlyaccess e JOIN campaigns_memberdayoccurrence x
                      ON x.member_day_id = e.member_day_id AND x.on > %(clock)s::date
                         AND x.on - e.days <= %(clock)s::date AND x.withdrawn_at IS NULL
                   WHERE e.member_day_id = d.id) AS early_tier_ids,
           d.state AS day_state, d.recurrence, d.starts_on, d.ends_on,
           d.id IS NULL OR EXISTS (SELECT FROM campaigns_memberdayoccurrence x
                                    WHERE x.member_day_id = d.id AND x.withdrawn_at IS NULL
                                      AND %(clock)s::date BETWEEN x.on AND x.until) AS is_planned
      FROM campaigns_promotion p LEFT JOIN campaigns_memberday d ON d.id = p.member_day_id
      LEFT JOIN had ON had.promotion_id = p.id
     WHERE p.state <> 'draft' AND p.published_at <= %(at)s AND (p.ended_at IS NULL OR p.ended_at > %(at)s)
       AND p.starts_at <= %(at)s::timestamptz + interval '1 day'
       AND p.starts_at AT TIME ZONE %(zone)s <= %(clock)s::timestamp
       AND (p.ends_at IS NULL OR p.ends_at AT TIME ZONE %(zone)s > %(clock)s::timestamp)
       AND (p.store_ids = '{{}}' OR %(store)s = ANY (p.store_ids)) AND %(store)s <> ALL (p.excluded_store_ids)
       AND (p.channels = '{{}}' OR %(channel)s = ANY (p.channels))
       AND NOT EXISTS (SELECT FROM campaigns_memberday_opted_out x
                        WHERE x.memberday_id = d.id AND x.store_id = %(store)s)
       AND (NOT EXISTS (SELECT FROM campaigns_memberday_stores x WHERE x.memberday_id = d.id)
            OR EXISTS (SELECT FROM campaigns_memberday_stores x
                        WHERE x.memberday_id = d.id AND x.store_id = %(store)s))
     ORDER BY p.id
"""
READ = f"""
    SELECT p.id, {version_of("p")} AS version, p.name, p.kind, p.params, p.members_only, p.tier_ids, p.skus,
           p.category_ids, p.excludes, p.stack_group, p.stock, p.member_limit, p.sold
      FROM campaigns_promotion p WHERE p.id = ANY (%(ids)s)
"""


@dataclass(frozen=True)
class Said:
    """What a version of a promotion says. ``given`` are its params, as its kind reads them, ``tier_ids`` the tiers that
    it and its kind name. Shared by all who ask: nobody changes it."""

    promotion: Promotion
    given: Any
    tier_ids: frozenset[int]


def _read(numbers: Sequence[int]) -> Iterator[tuple[int, str, Said]]:
    for one in Promotion.objects.raw(READ, {"ids": list(numbers)}):
        kind = REGISTRY[one.kind]
        given = kind.read(one.params)
        tiers = frozenset([*one.tier_ids, *kind.tiers(given)])
        yield one.pk, noted(one, "version"), Said(one, given, tiers)


SAID = Remembered(_read)


class Row(NamedTuple):
    """A promotion that holds, as far as that differs with place, moment and member."""

    id: int
    version: str
    had: int
    in_hours: bool
    day_tier_ids: list[int]
    early_tier_ids: list[int]
    day_state: str | None
    recurrence: str | None
    starts_on: date | None
    ends_on: date | None
    is_planned: bool


@dataclass(frozen=True)
class Live:
    """A promotion that holds on a business day; ``in_hours`` is false where the weekday or the hour is another.

    ``given`` is what its params say, as its kind reads them. ``tier_ids`` are the tiers it is for, those of its kind
    and of its member day included; empty means everybody. ``had`` is how many pieces the member has had of it.
    """

    promotion: Promotion
    given: Any
    in_hours: bool
    tier_ids: frozenset[int]
    had: int

    @property
    def room(self) -> int | None:
        """How many pieces stock and the member's limit still allow, None without a limit."""
        promotion, left = self.promotion, list[int]()
        if promotion.stock is not None:
            left.append(promotion.stock - promotion.sold)
        if promotion.member_limit is not None:
            left.append(promotion.member_limit - self.had)
        return max(0, min(left)) if left else None


def live_promotions(store: Store, *, channel: str, at: datetime, member_id: int | None = None) -> list[Live]:
    """The promotions that hold on the business day of ``at`` in a store, oldest first.

    One query, and a second one when a promotion has changed since this process last saw it.
    """
    clock = at.astimezone(zone_of(store)).replace(tzinfo=None)
    params: dict[str, Any] = {
        "at": at,
        "clock": clock,
        "zone": str(zone_of(None)),
        "store": store.pk,
        "channel": channel,
    }
    with connection.cursor() as cursor:
        cursor.execute(LIVE, {**params, "member": member_id})
        rows = [(row, _tiers(row, clock.date())) for row in map(Row._make, cursor.fetchall())]
    found = [(row, tiers) for row, tiers in rows if tiers is not None]
    said = SAID.of((row.id, row.version) for row, _tiers in found)
    return [
        Live(one.promotion, one.given, row.in_hours, _both(one.tier_ids, tiers), row.had)
        for row, tiers in found
        if (one := said.get(row.id))
    ]


def _tiers(row: Row, day: date) -> frozenset[int] | None:
    """The tiers for which its member day lets it hold, empty meaning all: on a date those of the member day, before it
    those that begin early; None when it does not hold."""
    of_day = frozenset(row.day_tier_ids)
    if row.is_planned or _will_come(row, day):
        return of_day
    return _both(of_day, frozenset(row.early_tier_ids)) if row.early_tier_ids else None


def _both(own: frozenset[int], of_day: frozenset[int]) -> frozenset[int]:
    """The tiers in both sets, an empty one meaning all."""
    if not own or not of_day:
        return own | of_day
    return own & of_day or frozenset([NOBODY])


def _will_come(row: Row, day: date) -> bool:
    """Whether its member day comes on a date beyond those that are planned."""
    if row.day_state != MemberDayState.PUBLISHED or row.recurrence is None or row.starts_on is None:
        return False
    if not row.recurrence:  # dated: from its first to its last day
        return row.starts_on <= day <= (row.ends_on or row.starts_on)
    return _comes_on(row.recurrence, row.starts_on, row.ends_on, day)


@lru_cache(maxsize=512)
def _comes_on(recurrence: str, starts_on: date, ends_on: date | None, day: date) -> bool:
    return bool(dates_between(recurrence, starts_on, ends_on, day, day))
