"""Strategies for what headquarters decide: moments to look at, stores, tiers with versions, multipliers, benefits."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.members.oracle.days import CHAIN, day_of, midnight
from tests.members.oracle.records import Multiplier, Programme, TierVersion

ZONES = {"T1": CHAIN, "T2": CHAIN, "T3": "Asia/Urumqi", "T4": "Europe/Paris"}
TIERS = ("plain", "silver", "gold")
# Around the 29th of February, the ends of months and of the year, at midnight, a moment before it, and in the day.
LOOKED_AT = (
    "2026-03-01T20:00:00",
    "2026-02-28T23:59:59.999999",
    "2025-02-28T12:00:00",
    "2025-03-01T00:00:00",
    "2024-02-29T23:30:00",
    "2024-03-01T00:00:00",
    "2025-01-01T00:00:01",
    "2026-10-31T06:30:00",
)
FACTORS = st.sampled_from([Decimal(text) for text in ("0", "0.5", "1", "1.1", "1.25", "1.5", "2", "3", "10")])
RATES = st.sampled_from([Decimal(text) for text in ("1", "1", "1", "0.1", "0.3", "2.5")])
THRESHOLDS = st.sampled_from([(0, 1000, 5000), (0, 1000, 5000), (0, 300, 900), (0, 1, 2), (0, 2000, 2001)])
MONEY_CUTS = st.sampled_from([(100, 300, 800, 2000), (100, 300, 800, 2000), (1, 1, 1000, 5000)]).map(
    lambda cuts: tuple(map(Decimal, cuts))
)
YEARS_BACK = 1100


def chain_moment(text: str) -> datetime:
    """A moment told by the clocks of the chain."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(CHAIN))


@st.composite
def programmes(draw: Any) -> Programme:
    """A house with four stores in three time zones and three tiers, looked at on an awkward day."""
    as_of = chain_moment(draw(st.sampled_from(LOOKED_AT)))
    return Programme(
        as_of=as_of,
        zones=ZONES,
        versions=draw(versions(day_of(as_of))),
        growth_per_yuan=draw(RATES),
        points_per_yuan=draw(RATES),
        multipliers=tuple(draw(st.lists(multipliers(as_of), max_size=4))),
        benefits=draw(st.dictionaries(st.sampled_from(TIERS[1:]), FACTORS.filter(bool), max_size=2)),
        points_months=draw(st.sampled_from([12, 12, 12, 1, 24])),
        frozen_days=draw(st.sampled_from([7, 7, 0, 30])),
        money_cuts=draw(MONEY_CUTS),
        monthly_cuts=tuple((day_of(as_of).replace(day=1), cuts) for cuts in draw(st.lists(MONEY_CUTS, max_size=1))),
    )


@st.composite
def versions(draw: Any, today: date) -> tuple[TierVersion, ...]:
    """The rules of the beginning and up to two later versions, each on a day of its own."""
    days = draw(st.lists(st.integers(0, YEARS_BACK), max_size=2, unique=True))
    from_days = [None, *(today - timedelta(days=back) for back in sorted(days, reverse=True))]
    return tuple(draw(version(on)) for on in from_days)


@st.composite
def version(draw: Any, on: date | None) -> TierVersion:
    """One version of the rules of tiers."""
    review = draw(st.sampled_from([365, 365, 365, 90, 30, 1]))
    return TierVersion(
        thresholds=tuple(zip(TIERS, draw(THRESHOLDS), strict=True)),
        effective_from=on,
        window_days=draw(st.sampled_from([365, 365, 365, 90, 730, 1])),
        review_days=review,
        notice_days=min(30, review),
        grace_days=draw(st.sampled_from([30, 30, 0, 1, 90])),
        at_once=draw(st.booleans()) if on else False,
    )


@st.composite
def multipliers(draw: Any, as_of: datetime) -> Multiplier:
    """A window in which orders earn more (or less), for some stores or tiers or for all."""
    begin = midnight(day_of(as_of) - timedelta(days=draw(st.integers(0, YEARS_BACK))))
    return Multiplier(
        starts_at=begin,
        ends_at=begin + timedelta(days=draw(st.sampled_from([1, 3, 30, 400]))),
        growth=draw(FACTORS),
        points=draw(FACTORS),
        stores=tuple(draw(st.lists(st.sampled_from(list(ZONES)), max_size=2, unique=True))),
        tiers=tuple(draw(st.lists(st.sampled_from(TIERS), max_size=2, unique=True))),
    )
