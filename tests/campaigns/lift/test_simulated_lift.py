"""A known effect lies in the interval in 95 of 100 campaigns; `make torture ONLY=lift` runs many more of them."""

from tests.torture.lifts import Covered, Told, simulate


def test_the_truth_is_in_the_interval_as_often_as_it_says():
    told = simulate(seed=20261122, runs=120, members=2_000)
    assert 0.90 <= told.shares.share <= 0.99
    assert 0.90 <= told.spend.share <= 0.99
    assert told.doubted <= 2
    assert told.stopped <= 6
    assert told.astray.share < 0.5  # the control: comparing those who opened it with the others


def test_a_simulation_whose_intervals_are_too_narrow_is_noticed():
    narrow, right = Covered(500, 440), Covered(500, 475)
    assert Told(narrow, right, right, Covered(500, 0), 0, 0, 500).wrong == [
        "shares: 88.0% of 500 intervals hold the truth"
    ]
    assert Told(right, right, right, right, 0, 0, 500).wrong == [
        "the control held the truth, too: this run proves nothing"
    ]
    assert Told(right, right, right, Covered(500, 0), 0, 0, 500).wrong == []
