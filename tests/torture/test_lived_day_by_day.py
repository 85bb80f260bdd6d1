"""Day by day, through the verbs of tills and of people, a history ends where the oracle has it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores import policy
from tests.members.oracle.days import midnight
from tests.members.oracle.records import Grant, Spend
from tests.torture.daybyday import lived, told_once
from tests.torture.histories import histories
from tests.torture.programmes import programmes
from tests.torture.spending import happened_at
from tests.torture.stories import brought_back, fast, house, noon, of_mei, sale

pytestmark = pytest.mark.django_db
STORIES = programmes().flatmap(lambda programme: st.tuples(st.just(programme), histories(programme)))


@fast(4)
@given(story=STORIES)
def test_a_history_lived_day_by_day_ends_where_the_oracle_has_it(story):
    assert lived(*story) == []


def test_control_points_that_are_never_frozen_are_noticed(monkeypatch):
    history = of_mei(sale("S1", "2026-01-10"), Spend("P1", 0, noon("2026-01-11"), 50))
    assert lived(house(), history) == []
    monkeypatch.setattr(
        "members.ledgers.pointlots.FROZEN_DAYS", replace(policy.REGISTRY["points.frozen_days"], name="none", default=0)
    )
    with pytest.raises(AssertionError):
        lived(house(), history)


def test_control_a_return_that_is_forgotten_is_noticed(monkeypatch):
    history = of_mei(sale("S1", "2026-01-10"), brought_back("R1", "2026-01-20", "30.00", "S1"))
    assert lived(house(), history) == []
    monkeypatch.setattr("tests.torture.daybyday.record_return", lambda draft: None)
    assert lived(house(), history) != []


def test_the_days_of_a_story_begin_at_midnight():
    grant = Grant(0, "gold", noon("2026-01-10").date(), noon("2026-01-12").date())
    assert happened_at(grant) == midnight(grant.starts_on)
    assert told_once(of_mei(replace(grant, revoked_on=grant.ends_on)))[0].revoked_on == grant.starts_on
    assert happened_at(grant) < noon("2026-01-10") - timedelta(hours=11)
