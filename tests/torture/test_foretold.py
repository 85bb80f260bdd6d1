"""What members are told about their tier and their points is so, and comes true."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.torture.foretelling import future, wrongly_told
from tests.torture.histories import histories
from tests.torture.programmes import programmes
from tests.torture.stories import fast, house, of_mei, sale

pytestmark = pytest.mark.django_db
STORIES = programmes().flatmap(lambda programme: st.tuples(st.just(programme), histories(programme, members=1)))


@fast(10)
@given(story=STORIES)
def test_what_members_are_told_comes_true(story):
    assert wrongly_told(*story) == []


def test_the_steps_of_a_silver_member_who_buys_no_more():
    history = of_mei(sale("S1", "2025-06-01", "1500.00"))
    assert wrongly_told(house(), history) == []
    days = {
        path.tier for path in (future(house(), history, date(2026, 6, 30)), future(house(), history, date(2026, 7, 1)))
    }
    assert days == {"silver", "plain"}


@pytest.mark.parametrize(
    ("owner", "words"),
    [("members.tiering.tiers._steps", "nothing is told"), ("members.ledgers.pointlots.rows", "lots: expected")],
)
def test_control_silence_and_wrong_words_are_noticed(monkeypatch, owner, words):
    history = of_mei(sale("S1", "2025-06-01", "1500.00"))
    monkeypatch.setattr(owner, lambda *_args: [])
    assert any(words in found for found in wrongly_told(house(), history))


def test_the_days_that_are_compared_follow_one_another():
    history = of_mei(sale("S1", "2025-06-01", "1500.00"))
    growth = [future(house(), history, date(2026, 5, day)).growth(date(2026, 5, day)) for day in (30, 31)]
    assert [before >= after for before, after in pairwise(growth)] == [True]
