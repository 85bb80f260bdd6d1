"""Strategies for what happens to a few members: sales with revisions and returns, corrections, grants, spends."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from hypothesis import strategies as st

from tests.members.oracle.days import day_of
from tests.members.oracle.records import Correction, Event, Grant, History, Line, Programme, Return, Sale
from tests.torture.moments import AMOUNTS, DAY, moments
from tests.torture.programmes import TIERS
from tests.torture.spending import with_spends

CENT = Decimal("0.01")


@st.composite
def histories(draw: Any, programme: Programme, *, members: int = 2) -> History:
    """Some members and all that happened to them until the moment of the programme."""
    homes = tuple(draw(st.lists(st.sampled_from([None, *programme.zones]), min_size=1, max_size=members)))
    buyers = st.integers(0, len(homes) - 1)
    events: list[Event] = []
    for nth in range(draw(st.integers(1, 6))):
        events += draw(sales(programme, f"S{nth}", buyers, _moments(events)))
    for nth in range(draw(st.integers(0, 2))):
        events.append(draw(loose_returns(programme, f"L{nth}", buyers, _moments(events))))
    for nth in range(draw(st.integers(0, 2))):
        events.append(draw(corrections(programme, buyers, _moments(events), timedelta(microseconds=7 + nth))))
    for _nth in range(draw(st.integers(0, 1))):
        events.append(draw(grants(programme, buyers)))
    wishes = draw(st.lists(st.tuples(buyers, moments(programme, _moments(events)), st.integers(1, 100)), max_size=3))
    return with_spends(programme, History(homes, tuple(events)), wishes)


@st.composite
def sales(draw: Any, programme: Programme, number: str, buyers: Any, others: tuple[datetime, ...]) -> list[Event]:
    """A sale, perhaps with later revisions of it and with returns by receipt that fit into each of them."""
    sale = Sale(
        number, draw(moments(programme, others)), draw(_stores(programme)), draw(buyers), draw(_lines(programme))
    )
    told: list[Event] = [sale]
    for revision in range(1, 1 + draw(st.sampled_from([0, 0, 0, 1, 1, 2]))):
        changes: dict[str, Any] = {"lines": draw(_lines(programme))}
        if draw(st.booleans()):
            changes |= {"paid_at": draw(moments(programme, (sale.paid_at,))), "store": draw(_stores(programme))}
        told.append(replace(sale, revision=revision, **changes))
    if len(told) > 1 and draw(st.booleans()):
        told[0] = replace(sale, member=None)  # nobody's, until a revision names the buyer
    return [*told, *draw(returns(programme, sale, min(one.amount for one in told)))]


@st.composite
def returns(draw: Any, programme: Programme, sale: Sale, left: Decimal) -> list[Event]:
    """Returns by receipt of a sale, together at most ``left``; they may come before it, and may name nobody or
    somebody else."""
    told: list[Event] = []
    for nth, percent in enumerate(draw(st.lists(st.sampled_from([100, 1, 33, 50, 99]), max_size=3))):
        part = (left * percent / 100).quantize(CENT, ROUND_DOWN)
        if part:
            left -= part
            at = draw(moments(programme, (sale.paid_at,)))
            member = draw(st.sampled_from([sale.member, None, 0]))
            told.append(Return(f"{sale.number}.{nth}", at, sale.store, member, part, sale.number))
    return told


@st.composite
def loose_returns(draw: Any, programme: Programme, number: str, buyers: Any, others: tuple[datetime, ...]) -> Return:
    """Something that came back without a receipt, perhaps more than was ever bought."""
    amount = draw(AMOUNTS.filter(bool))
    return Return(number, draw(moments(programme, others)), draw(_stores(programme)), draw(buyers), amount)


@st.composite
def corrections(
    draw: Any, programme: Programme, buyers: Any, others: tuple[datetime, ...], odd: timedelta
) -> Correction:
    """Growth or points given or taken by hand. ``odd`` keeps two of them from happening at the very same moment, where
    only the order in which they were entered could tell what came first."""
    delta = draw(st.sampled_from([1, 10, 299, 1000, 4000, -1, -50, -1000]))
    at = draw(moments(programme, others)) - odd
    return Correction(draw(st.sampled_from(["growth", "points"])), draw(buyers), at, delta)


@st.composite
def grants(draw: Any, programme: Programme, buyers: Any) -> Grant:
    """A tier given by hand, perhaps taken back again."""
    begin = day_of(programme.as_of) - DAY * draw(st.sampled_from([0, 1, 29, 30, 100, 365, 700]))
    end = begin + timedelta(days=draw(st.sampled_from([0, 1, 30, 365])))
    revoked = draw(st.sampled_from([None, None, begin, begin + DAY, end]))
    return Grant(draw(buyers), draw(st.sampled_from(TIERS)), begin, end, revoked)


def _moments(events: list[Event]) -> tuple[datetime, ...]:
    return tuple(event.at for event in events if not isinstance(event, Grant))


def _stores(programme: Programme) -> Any:
    return st.sampled_from(list(programme.zones))


def _lines(programme: Programme) -> Any:
    line = st.tuples(st.sampled_from(programme.categories), AMOUNTS)
    return st.lists(line, min_size=1, max_size=2).map(lambda lines: tuple[Line, ...](lines))
