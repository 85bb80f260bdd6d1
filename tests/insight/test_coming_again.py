"""Kaplan-Meier with its intervals, and the magic number: worked by hand, and covering the truth in simulation."""

import math

import numpy as np
import pytest

from members.insight.survival import Rate, magic_number, repeat_rate


def counted(**days: int) -> list[int]:
    """Counts by day, from d5=2 (two after five days)."""
    found = [0] * 367
    for day, count in days.items():
        found[int(day[1:])] = count
    return found


def test_a_rate_counts_people_only_as_long_as_they_were_watched():
    # ten begin; two come on day 3; four are lost from sight after day 5; one comes on day 8, of four still watched
    followed, waiting = counted(d3=2, d8=1), counted(d5=4, d60=3)
    rate = repeat_rate(followed, waiting, 30)
    stayed = (1 - 2 / 10) * (1 - 1 / 4)
    assert rate.value == pytest.approx(1 - stayed)
    assert (rate.began, rate.watched) == (10, 6)
    # Greenwood through log(-log), by hand
    greenwood = 2 / (10 * 8) + 1 / (4 * 3)
    spread = math.exp(1.959964 * math.sqrt(greenwood) / -math.log(stayed))
    assert (rate.low, rate.high) == pytest.approx((1 - stayed ** (1 / spread), 1 - stayed**spread), rel=1e-5)


def test_who_is_lost_from_sight_on_the_day_others_come_was_watched_on_it():
    assert repeat_rate(counted(d7=1), counted(d7=1, d30=2), 30).value == pytest.approx(1 / 4)


def test_without_anybody_lost_from_sight_it_is_the_plain_share():
    rate = repeat_rate(counted(d10=30, d40=20), counted(d200=50), 30)
    assert rate.value == pytest.approx(0.3)
    assert repeat_rate(counted(d10=30, d40=20), counted(d200=50), 60).value == pytest.approx(0.5)
    assert 0.21 < rate.low < 0.3 < rate.high < 0.41


def test_a_horizon_that_nobody_was_watched_for_has_no_rate():
    assert repeat_rate(counted(d3=2), counted(d20=9), 30) is None
    assert repeat_rate([], [], 30) is None
    assert repeat_rate(counted(d3=2), counted(d30=9), 30) is not None


def test_nobody_and_everybody_have_exact_intervals():
    nobody = repeat_rate([], counted(d90=30), 60)
    assert (nobody.value, nobody.low) == (0, 0)
    assert nobody.high == pytest.approx(1 - 0.025 ** (1 / 30))
    everybody = repeat_rate(counted(d4=30), [], 60)
    assert (everybody.value, everybody.high) == (1, 1)
    assert everybody.low == pytest.approx(0.025 ** (1 / 30))


def test_days_missing_at_the_end_are_days_without_anybody():
    assert repeat_rate([0, 0, 1], [0, 0, 0, 0, 1], 4) == repeat_rate(counted(d2=1), counted(d4=1), 4)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    chance, truth, held = np.random.default_rng(1958), 1 - math.exp(-60 / 90), 0
    for _nth in range(400):
        gaps, seen = np.ceil(chance.exponential(90, 120)).astype(int), chance.integers(1, 200, 120)
        followed = np.bincount(np.minimum(gaps[gaps <= seen], 366), minlength=367)
        waiting = np.bincount(np.minimum(seen[gaps > seen], 366), minlength=367)
        rate = repeat_rate(followed, waiting, 60)
        held += rate.low <= truth <= rate.high
    assert 0.92 <= held / 400 <= 0.98


def rate(value: float, by: float = 0.02) -> Rate:
    """A rate with an interval of ``by`` on each side."""
    return Rate(value, value - by, value + by, 100, 100)


def test_the_magic_number_is_where_the_largest_certain_jump_ends():
    jump = magic_number([rate(0.31), rate(0.46), rate(0.58), rate(0.74), rate(0.78), None, rate(0.99)])
    assert jump.number == 4
    assert jump.by == pytest.approx(0.16)
    assert (jump.low, jump.high) == pytest.approx((0.16 - 0.02 * math.sqrt(2), 0.16 + 0.02 * math.sqrt(2)))


def test_a_jump_that_may_be_chance_is_not_told():
    assert magic_number([rate(0.3, 0.1), rate(0.45, 0.1)]) is None
    assert magic_number([rate(0.5), rate(0.3), rate(0.3)]) is None
    assert magic_number([rate(0.3)]) is None
    uncertain_but_larger = [rate(0.30), rate(0.36), rate(0.70, 0.35)]
    assert magic_number(uncertain_but_larger).number == 2
