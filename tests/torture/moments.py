"""Strategies for awkward moments and amounts: edges of windows, reviews and expiry, midnights, same instants, cents."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.members.oracle.days import CHAIN, day_of, expiry, midnight
from tests.members.oracle.records import Programme

# Days from one thing to another at which a window, review, grace, score, stage or lot begins or ends.
DISTANCES = (0, 1, 6, 7, 8, 29, 30, 31, 59, 60, 61, 89, 90, 91, 119, 120, 239, 240, 241, 364, 365, 366, 394, 395, 396,
             729, 730, 731, 760, 1095)  # fmt: skip
DAY = timedelta(days=1)
CLOCKS = st.sampled_from(
    [timedelta(0), DAY - timedelta(microseconds=1), timedelta(microseconds=1), timedelta(hours=12), timedelta(hours=2)]
)
AMOUNTS = st.one_of(
    st.sampled_from(["0.00", "0.01", "0.99", "1.00", "99.99", "299.99", "300.00", "500.00", "999.99", "1000.00",
                     "1000.01", "4999.99", "5000.00", "5999.00"]).map(Decimal),
    st.integers(1, 150_000).map(lambda cents: Decimal(cents) / 100),
)  # fmt: skip


@st.composite
def moments(draw: Any, programme: Programme, others: tuple[datetime, ...] = ()) -> datetime:
    """A moment of the last three years: on an edge seen from now, tied to another event, or anywhere."""
    way = draw(st.integers(0, 3 if others else 1))
    if way == 0:
        found = midnight(day_of(programme.as_of) - DAY * draw(st.sampled_from(DISTANCES))) + draw(CLOCKS)
    elif way == 1:
        found = programme.as_of - timedelta(minutes=draw(st.integers(0, 1100 * 1440)))
    elif way == 2:
        found = midnight(day_of(draw(st.sampled_from(others))) + DAY * draw(st.sampled_from(DISTANCES))) + draw(CLOCKS)
    else:
        found = draw(st.sampled_from(others))
        if draw(st.booleans()):
            zone = draw(st.sampled_from(sorted({CHAIN, *programme.zones.values()})))
            found = expiry(found, zone, programme.points_months) + draw(st.sampled_from([-1, 0, 1])) * DAY
    return min(found, programme.as_of)
