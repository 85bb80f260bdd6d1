"""What goes wrong is made small before people look at it."""

import random
from dataclasses import replace
from decimal import Decimal

from tests.members.oracle.records import Multiplier, Return, Sale
from tests.torture import batches, otherways, reducing
from tests.torture.drawing import batch_of
from tests.torture.lives import AHEAD, STEPS_NOW, in_order, shuffled, steps_until
from tests.torture.spending import happened_at
from tests.torture.stories import NOW, brought_back, house, noon, of_mei, sale


def test_all_that_does_not_matter_is_taken_away():
    lines = (("葡萄", Decimal("812.34")), ("苹果", Decimal("3.00")))
    noise = [sale(f"S{nth}", "2026-01-10") for nth in range(5)]
    history = of_mei(*noise, sale("S9", "2026-01-11", lines=lines), brought_back("L1", "2026-02-01", "7.77"))
    rules = (Multiplier(noon("2026-01-01"), noon("2026-02-01"), Decimal(2), Decimal(2)),) * 3
    programme = house(multipliers=rules, points_months=24)

    def is_wrong(story):
        house, told = story
        large = any(isinstance(event, Sale) and event.amount > 500 for event in told.events)
        return large and house.multipliers and any(isinstance(event, Return) for event in told.events)

    (simple, short) = reducing.smallest((programme, history), is_wrong)
    bought, back = short.events
    assert (bought.lines, back.number) == ((("葡萄", Decimal(812)),), "L1")
    assert (len(simple.multipliers), simple.points_months) == (1, 12)


def test_the_same_seed_tells_the_same_stories_and_another_one_others():
    again, other = batch_of(7, 3, 5), batch_of(8, 3, 5)
    assert batch_of(7, 3, 5) == again
    assert other[1] != again[1]
    assert len(again[1]) == 5


def test_a_shuffled_life_gets_everything_once_at_least_and_hardly_anything_before_it_happened():
    programme, told = batch_of(7, 3, 20)
    steps = steps_until(programme.as_of)
    for history in told:
        life = shuffled(history, steps, random.Random(1))
        arrived = [event for events in life.values() for event in events]
        assert set(arrived) == set(history.events)
        assert all(happened_at(event) <= steps[step] + AHEAD for step, events in life.items() for event in events)
    steps = steps_until(NOW)
    sorted_life = in_order(of_mei(sale("S1", "2026-02-28"), sale("S2", "2022-01-01")), steps)
    assert sorted_life == {0: [sale("S2", "2022-01-01")], len(steps) - STEPS_NOW - 1: [sale("S1", "2026-02-28")]}


def test_what_went_wrong_is_told_with_how_to_see_it_again(monkeypatch):
    history = of_mei(sale("S1", "2026-01-10"))
    monkeypatch.setattr(batches, "batch_of", lambda *_: (house(), [history]))
    monkeypatch.setattr(batches, "live", lambda _house, lives, _chance: [(lives[1], "member 0: growth: 1 is not 2")])
    monkeypatch.setattr(batches, "reduced", lambda house, told, _seed: ((house, replace(told)), [(None, "still")]))
    words = "\n".join(batches.run_batch(5, 2, histories=1, permutations=2, otherwise=0).words)
    assert "make torture SEED=5 ONLY=2" in words
    assert "member 0: growth: 1 is not 2\n    door" in words
    assert "still" in words


def test_what_breaks_in_another_way_is_told_with_its_story(monkeypatch):
    def breaks(_programme, _history, _number):
        raise ValueError("a tea cup")

    monkeypatch.setattr(otherways, "WAYS", {"well": lambda *_: [], "badly": lambda *_: ["odd"], "not at all": breaks})
    well, badly = otherways.lived(house(), of_mei(sale("S1", "2026-01-10")), 3)
    assert "badly (3): ['odd']" in well
    assert "a tea cup" in badly
    assert "S1" in badly
