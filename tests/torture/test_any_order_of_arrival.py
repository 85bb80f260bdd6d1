"""Whatever order things arrive in, and through whichever door: members end where the oracle has them.

Each story is lived once as it happened and several times shuffled, in parts and with repeats; ``make torture`` does the
same with thousands. The controls break the oracle or the product and see that it is noticed.
"""

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.orders import earnings, givebacks, lots
from tests.members.oracle import rates
from tests.members.oracle.records import History, Programme
from tests.torture.batches import run_batch
from tests.torture.histories import histories
from tests.torture.living import Wrong, live, lives_of
from tests.torture.programmes import programmes
from tests.torture.stories import brought_back, fast, house, of_mei, sale

pytestmark = pytest.mark.django_db
STORIES = programmes().flatmap(lambda programme: st.tuples(st.just(programme), histories(programme)))
UPGRADE = of_mei(sale("S1", "2026-01-10", "1000.00"), sale("S2", "2026-01-20", "100.00"))


def lived(programme: Programme, history: History, *, number: int = 1, permutations: int = 3) -> list[Wrong]:
    """What goes wrong with a history in a few orders of arrival."""
    chance = random.Random(number)
    return live(programme, lives_of(programme, [history], permutations, chance), chance)


def wrong_columns(found: list[Wrong]) -> set[str]:
    """Which columns of members went wrong."""
    return {words.split(": ")[1] for life, words in found if life}


@pytest.mark.parametrize("nth", range(3))
def test_many_histories_in_any_order_end_where_the_oracle_has_them(nth):
    batch = run_batch(2026, nth, histories=6, permutations=2, otherwise=1)
    assert "\n".join(batch.words) == ""
    assert (batch.histories, batch.lives, batch.otherwise) == (6, 18, 3)


@fast(3)
@given(story=STORIES, number=st.integers(0, 2**32))
def test_a_history_in_any_order_ends_where_the_oracle_has_it(story, number):
    assert lived(*story, number=number) == []


def test_control_an_oracle_that_forgets_the_tier_is_noticed(monkeypatch):
    programme = house(benefits={"silver": Decimal("1.5")})
    assert lived(programme, UPGRADE) == []
    in_the_lowest = rates.worth
    monkeypatch.setattr(
        "tests.members.oracle.tiers.worth", lambda house, one, kept, tier: in_the_lowest(house, one, kept, "plain")
    )
    assert wrong_columns(lived(programme, UPGRADE)) == {"worth", "points"}


def test_control_an_oracle_that_listens_to_the_order_of_arrival_is_noticed(monkeypatch):
    first, second = sale("S1", "2026-01-10", "50.00"), sale("S1", "2026-01-10", "70.00", revision=1)
    assert lived(house(), of_mei(second, first)) == []
    monkeypatch.setattr(
        "tests.members.oracle.expectation.final_sales", lambda events: {("pos", one.number): one for one in events}
    )
    assert "growth" in wrong_columns(lived(house(), of_mei(second, first)))


@pytest.mark.parametrize(
    ("owner", "step", "column"),
    [
        (givebacks, "apply", "returned"),
        (earnings, "write_entries", "worth"),
        (lots, "expire", "expired"),
    ],
)
def test_control_a_settlement_without_one_of_its_steps_is_noticed(monkeypatch, owner, step, column):
    history = of_mei(
        sale("S1", "2025-01-10", "1000.00"), sale("S2", "2026-01-20"), brought_back("L1", "2026-02-01", "30.00")
    )
    assert lived(house(), history) == []
    monkeypatch.setattr(owner, step, lambda *_args, **_more: 0)
    assert column in wrong_columns(lived(house(), history))
