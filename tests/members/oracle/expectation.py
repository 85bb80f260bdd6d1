"""What must hold of a history when all of it has arrived."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tests.members.oracle.days import day_of, expiry
from tests.members.oracle.facts import Facts, facts, stage
from tests.members.oracle.lots import Lot, replay
from tests.members.oracle.records import Correction, Grant, History, Programme, Spend
from tests.members.oracle.sales import Key, final_sales, in_time, key_of, returned
from tests.members.oracle.tiers import Kept, Path, walk

Moments = tuple[datetime, datetime]  # when points were earned and when they expire


@dataclass(frozen=True)
class Standing:
    """All that orders decide about a member."""

    returned: dict[Key, Decimal] = field(default_factory=dict)
    worth: dict[Key, tuple[int, int]] = field(default_factory=dict)
    growth: int = 0
    points: int = 0
    owed: int = 0
    expired: dict[Moments, int] = field(default_factory=dict)
    tier: str = ""
    held: str = ""
    since: datetime | None = None
    held_since: datetime | None = None
    review_on: date | None = None
    grace_until: date | None = None
    facts: Facts = Facts()
    stage: str = ""


def expect(programme: Programme, history: History, as_of: datetime | None = None) -> list[Standing]:
    """Where each member of the history stands as of a moment (that of the programme)."""
    as_of = as_of or programme.as_of
    return [_of_member(programme, history, number, as_of) for number in range(len(history.homes))]


def path_of(programme: Programme, history: History, number: int, as_of: datetime) -> Path:
    """A member's path through the tiers."""
    corrections = [one for one in _of(history, Correction, number) if one.ledger == "growth"]
    kept = _kept(history, number)
    return walk(programme, kept, corrections, list(_of(history, Grant, number)), day_of(as_of))


def lots_of(programme: Programme, history: History, number: int, path: Path, as_of: datetime) -> tuple[list[Lot], int]:
    """A member's lots of points, replayed until a moment, and what is owed."""
    zone = programme.zones
    lots = [
        Lot(sale.paid_at, expiry(sale.paid_at, zone[sale.store], programme.points_months), path.worth[key_of(sale)][1])
        for sale, _left in _kept(history, number)
    ]
    by_hand = [one for one in _of(history, Correction, number) if one.ledger == "points"]
    home = zone.get(history.homes[number] or "", "Asia/Shanghai")
    lots += [Lot(one.at, expiry(one.at, home, programme.points_months), one.delta) for one in by_hand if one.delta > 0]
    consumed = [(one.at, -one.delta) for one in by_hand if one.delta < 0]
    consumed += [(one.at, one.amount - one.back) for one in _of(history, Spend, number)]
    return lots, replay(lots, consumed, as_of)


def _of_member(programme: Programme, history: History, number: int, as_of: datetime) -> Standing:
    today = day_of(as_of)
    kept = _kept(history, number)
    path = path_of(programme, history, number, as_of)
    lots, owed = lots_of(programme, history, number, path, as_of)
    known = facts(programme, kept, today)
    return Standing(
        returned={key_of(sale): sale.amount - left for sale, left in kept},
        worth=path.worth,
        growth=max(0, path.growth(today)),
        points=sum(lot.left for lot in lots),
        owed=owed,
        expired=_expired(lots),
        tier=path.tier,
        held=path.held,
        since=path.since,
        held_since=path.held_since,
        review_on=path.review_on,
        grace_until=path.grace_until,
        facts=known,
        stage=stage(programme, known, today),
    )


def _of(history: History, kind: type, number: int) -> Iterable:
    """What happened to a member; the same thing told twice happened once, except where a person entered it twice."""
    found = [event for event in history.events if isinstance(event, kind) and event.member == number]
    return found if kind is Correction else dict.fromkeys(found)


def _kept(history: History, number: int) -> Kept:
    sales = final_sales(history.events)
    back = returned(history.events)
    mine = [sale for sale in sales.values() if sale.member == number]
    return [(sale, sale.amount - back[key_of(sale)]) for sale in in_time(mine)]


def _expired(lots: Iterable[Lot]) -> dict[Moments, int]:
    """What expired, by the moments of its lots: at one moment it matters to nobody which of two lots it was."""
    total: dict[Moments, int] = {}
    for lot in lots:
        if lot.expired:
            total[lot.at, lot.expires_at] = total.get((lot.at, lot.expires_at), 0) + lot.expired
    return total
