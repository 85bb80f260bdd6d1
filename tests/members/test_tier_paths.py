"""The path of a member through the tiers is what the rules say, told a second time and slowly."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.members.path_oracle import ZONE, Event, Grant, Rules, Walker, day_of, midnight, walk

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
PLAIN, SILVER, GOLD, BLACK = 11, 12, 13, 14
FAST = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CALL = """
SELECT tier, since, review_on, grace_until, growth, held, held_since, held_at, earned
FROM members_tier_path(%(days)s::date[], %(ats)s::timestamptz[], %(worth)s::int[], %(amounts)s::numeric[],
    %(rates)s::jsonb[], %(v_from)s::date[], %(v_window)s::int[], %(v_review)s::int[], %(v_grace)s::int[],
    %(v_at_once)s::boolean[], %(n_version)s::int[], %(n_tier)s::bigint[], %(n_need)s::bigint[],
    %(g_tier)s::bigint[], %(g_from)s::date[], %(g_until)s::date[], %(today)s::date, 'Asia/Shanghai', false)
"""


def folded(events: list[Event], versions: list[Rules], grants: list[Grant], today: date = TODAY) -> tuple:
    """What the database says of a path."""
    by_tier = any(event.by_tier for event in events)
    params = {
        "days": [day_of(event.at) for event in events],
        "ats": [event.at for event in events],
        "worth": [event.worth for event in events],
        "amounts": [Decimal(1) for _event in events] if by_tier else None,
        "rates": [_rate(event) for event in events] if by_tier else None,
        "v_from": [one.effective_from for one in versions],
        "v_window": [one.window for one in versions],
        "v_review": [one.review for one in versions],
        "v_grace": [one.grace for one in versions],
        "v_at_once": [one.at_once for one in versions],
        "n_version": [nth for nth, one in enumerate(versions, start=1) for _tier in one.needs],
        "n_tier": [tier for one in versions for tier in one.needs],
        "n_need": [need for one in versions for need in one.needs.values()],
        "g_tier": [one.tier for one in grants],
        "g_from": [one.first for one in grants],
        "g_until": [one.last for one in grants],
        "today": today,
    }
    with connection.cursor() as cursor:
        cursor.execute(CALL, params)
        return cursor.fetchone()


def told(walker: Walker, today: date = TODAY) -> tuple:
    """The same of the oracle."""
    return (walker.tier, walker.since, walker.review_on, walker.grace_until, walker.growth(today), walker.held,
            walker.held_since, walker.held_at, [worth for _at, worth in walker.counted])  # fmt: skip


def _rate(event: Event) -> str | None:
    return json.dumps({str(tier): [worth, 0] for tier, worth in event.by_tier.items()}) if event.by_tier else None


def ago(days: int, hour: int = 12) -> datetime:
    """A moment so many days before today."""
    return midnight(TODAY - timedelta(days=days)) + timedelta(hours=hour)


@st.composite
def rule_lists(draw) -> list[Rules]:
    """One to three versions; a tier more from the second on, now and then."""
    versions: list[Rules] = []
    for days in [None, *sorted(draw(st.sets(st.integers(0, 900), max_size=2)), reverse=True)]:
        silver = draw(st.sampled_from([500, 1000, 1500]))
        needs = {PLAIN: 0, SILVER: silver, GOLD: draw(st.sampled_from([2000, 3000]))}
        if versions and draw(st.booleans()):
            needs[BLACK] = draw(st.sampled_from([250, 1800, 4000]))
        if versions and draw(st.integers(0, 5)) == 0:
            del needs[SILVER]
        versions.append(
            Rules(
                dict(sorted(needs.items(), key=lambda one: one[1])),
                None if days is None else TODAY - timedelta(days=days),
                draw(st.sampled_from([30, 90, 365])),
                draw(st.sampled_from([1, 30, 180, 365])),
                draw(st.sampled_from([0, 1, 30])),
                draw(st.booleans()),
            )
        )
    return versions


@st.composite
def event_lists(draw) -> list[Event]:
    """Orders and corrections over three years, some at the same moment, some at midnight, some by tier."""
    events = []
    for _nth in range(draw(st.integers(0, 14))):
        at = ago(draw(st.integers(0, 1100)), draw(st.sampled_from([0, 9, 20])))
        worth = draw(st.sampled_from([0, 100, 400, 700, 1200, 2500, -300, -1500]))
        by_tier = {SILVER: worth * 2, GOLD: worth * 3} if worth > 0 and draw(st.integers(0, 3)) == 0 else {}
        events.append(Event(at, worth, by_tier))
    return sorted(events, key=lambda event: event.at)


GRANTS = st.lists(
    st.builds(
        lambda tier, days, length: Grant(
            tier, TODAY - timedelta(days=days), TODAY - timedelta(days=days) + timedelta(days=length)
        ),
        st.sampled_from([SILVER, GOLD, BLACK]),
        st.integers(-20, 1000),
        st.integers(0, 400),
    ),
    max_size=3,
)


@FAST
@given(events=event_lists(), versions=rule_lists(), grants=GRANTS)
def test_a_path_is_what_the_rules_say_day_by_day(events, versions, grants):
    assert folded(events, versions, grants) == told(walk(events, versions, grants, TODAY))


HOUSE = [Rules({PLAIN: 0, SILVER: 1000, GOLD: 5000})]


def test_growth_of_the_window_and_nothing_older_reaches_a_tier():
    old, recent = Event(ago(365), 600), Event(ago(0), 600)
    assert folded([old, recent], HOUSE, [])[0] == PLAIN
    assert folded([Event(ago(364), 600), recent], HOUSE, [])[0] == SILVER


def test_what_was_taken_by_hand_and_leaves_the_window_gives_the_tier_back_at_midnight():
    events = [Event(ago(365, 9), -500), Event(ago(200), 1400)]
    tier, since, review_on, *_rest = folded(events, HOUSE, [])
    assert (tier, since, review_on) == (SILVER, midnight(TODAY), TODAY + timedelta(days=365))
    assert folded(events, HOUSE, [], TODAY - timedelta(days=1))[0] == PLAIN


def test_rules_that_lower_the_bar_end_the_grace_period():
    events = [Event(ago(370), 1000), Event(ago(100), 700)]
    assert folded(events, HOUSE, [])[2:4] == (TODAY - timedelta(days=5), TODAY + timedelta(days=25))
    easier = [*HOUSE, Rules({PLAIN: 0, SILVER: 700, GOLD: 5000}, TODAY)]
    assert folded(events, easier, [])[:4] == (SILVER, ago(370), TODAY + timedelta(days=365), None)


def test_an_order_that_lifts_is_itself_paid_in_the_tier_before():
    events = [Event(ago(3), 1000), Event(ago(3), 100), Event(ago(2), 100)]
    assert folded(events, HOUSE, [])[7] == [PLAIN, SILVER, SILVER]


def test_nobody_without_orders_has_a_path():
    assert folded([], HOUSE, []) == (PLAIN, None, None, None, 0, PLAIN, None, [], [])


def test_the_clock_of_the_chain_decides_about_midnight():
    """23:59 and 00:00 in Shanghai lie on one day in London."""
    late = datetime.combine(TODAY - timedelta(days=366), datetime.max.time().replace(microsecond=0), ZONE)
    events = [Event(late, 1000), Event(late + timedelta(seconds=1), 0)]
    assert folded(events, HOUSE, [])[2:4] == (TODAY - timedelta(days=1), TODAY + timedelta(days=29))
