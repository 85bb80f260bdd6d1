"""Differences, power and pooling are those of statsmodels and scipy, on fixed examples; the library's own words."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_effectsize

from campaigns.lift.arms import Arm, held_out_share, ways_of
from campaigns.lift.judging import doubt_of, verdict_of
from campaigns.lift.pooling import by_place, shrunk
from campaigns.lift.power import least_effect, members_needed, power
from campaigns.lift.statistics import Difference, of_means, of_shares, sample_ratio
from members.buckets import share

EXAMPLES = [
    ((56, 70), (48, 80)),
    ((9, 10), (3, 10)),
    ((10, 10), (0, 20)),
    ((0, 30), (0, 40)),
    ((5000, 90000), (480, 10000)),
]


def spenders(amounts: np.ndarray) -> Arm:
    """An arm of people who spent so much each."""
    return Arm(len(amounts), int((amounts > 0).sum()), float(amounts.sum()), float((amounts**2).sum()))


@pytest.mark.parametrize(("treated", "control"), EXAMPLES)
def test_the_interval_of_two_shares_is_newcombes(treated, control):
    found = of_shares(Arm(treated[1], treated[0]), Arm(control[1], control[0]))
    low, high = confint_proportions_2indep(*treated, *control, method="newcomb", compare="diff")
    assert found.value == pytest.approx(treated[0] / treated[1] - control[0] / control[1])
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


def test_newcombes_own_examples_come_out_as_he_printed_them():
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10
    found = of_shares(Arm(70, 56), Arm(80, 48))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    found = of_shares(Arm(10, 9), Arm(10, 3))
    assert (round(found.low, 4), round(found.high, 4)) == (0.1705, 0.8090)


def test_what_is_spent_per_head_has_welchs_interval_though_only_sums_are_known():
    chance = np.random.default_rng(7)
    ones, others = (chance.gamma(2, 30, many) * (chance.random(many) < 0.3) for many in (900, 120))
    found = of_means(spenders(ones), spenders(others))
    expected = stats.ttest_ind(ones, others, equal_var=False).confidence_interval(0.95)
    assert found.value == pytest.approx(ones.mean() - others.mean())
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_nothing_is_said_of_an_empty_arm_or_where_nobody_spent_anything():
    assert of_shares(Arm(10, 3), Arm()) is None
    assert of_means(Arm(10, 0), Arm(10, 0)) is None
    assert of_means(Arm(10, 3, 90.0, 900.0), Arm(1, 1, 3.0, 9.0)) is None


def test_a_control_group_of_the_wrong_size_is_noticed_and_one_of_the_right_size_is_not():
    assert sample_ratio(9000, 1000, 0.1) == pytest.approx(stats.binomtest(1000, 10000, 0.1).pvalue)
    assert sample_ratio(9000, 1200, 0.1) < 0.001
    assert sample_ratio(10, 0, 0.0) is None


def test_the_expected_control_group_follows_the_buckets_and_not_the_round_percent():
    salts = [f"campaign:{nth}:holdout" for nth in range(20)]
    shares = {salt: sum(share(salt, bucket) < 1000 for bucket in range(10_000)) / 10_000 for salt in salts}
    assert {salt: held_out_share(salt, 10) for salt in salts} == shares
    # so a million members with whole buckets held out fit what was drawn, though not ten percent
    farthest = max(shares.values(), key=lambda one: abs(one - 0.1))
    control = round(1_000_000 * farthest)
    assert sample_ratio(1_000_000 - control, control, farthest) > 0.9
    assert sample_ratio(1_000_000 - control, control, 0.1) < 0.001


def test_ways_of_a_split_are_drawn_among_those_who_are_not_held_out():
    counts = ways_of("journey:1:s", [50, 50], "journey:1:holdout", 20)
    kept = 10_000 - round(held_out_share("journey:1:holdout", 20) * 10_000)
    assert sum(counts) == kept
    assert abs(counts[0] - counts[1]) < 400


def test_the_least_effect_is_the_one_found_four_times_in_five():
    least = least_effect(100_000, 0.1, 0.2)
    assert power(least, 90_000, 10_000, 0.2) == pytest.approx(0.8, abs=1e-6)
    # the arcsine approximation of statsmodels' other power class agrees to the second digit
    other = NormalIndPower().power(proportion_effectsize(0.2 + least, 0.2), 90_000, 0.05, 1 / 9)
    assert other == pytest.approx(0.8, abs=0.01)
    assert least_effect(20, 0.1, 0.2) is None or least_effect(20, 0.1, 0.2) > 0.5


def test_as_many_members_as_are_needed_find_the_effect():
    many = members_needed(0.02, 0.1, 0.2)
    assert power(0.02, many * 0.9, many * 0.1, 0.2) >= 0.8
    assert power(0.02, (many - 100) * 0.9, (many - 100) * 0.1, 0.2) < 0.8
    assert members_needed(0.02, 0.0, 0.2) is None
    assert members_needed(0.9, 0.1, 0.2) is None


def test_eight_schools_are_drawn_together_as_in_the_book():
    # Rubin (1981); Gelman et al., Bayesian Data Analysis, table 5.3: the medians of their simulation
    effects, errors = np.array([28, 8, -3, 7, -1, 1, 18, 12.0]), np.array([15, 10, 16, 11, 9, 11, 10, 18.0])
    drawn = shrunk(effects, errors**2)
    assert [one.value for one in drawn] == pytest.approx([10, 8, 7, 8, 5, 6, 10, 8], abs=1.5)
    assert all(one.low < 0 < one.high for one in drawn)


def test_places_that_do_not_differ_get_the_mean_and_interval_of_meta_analysis():
    variances = np.array([1.0, 4.0, 9.0, 16.0])
    combined = combine_effects(np.full(4, 5.0), variances, method_re="iterated")
    low, high = stats.norm.interval(0.95, combined.mean_effect_fe, combined.sd_eff_w_fe)
    for one in shrunk(np.full(4, 5.0), variances):
        assert (one.value, one.low, one.high) == pytest.approx((5.0, low, high))


def test_a_small_store_is_drawn_to_the_others_more_than_a_large_one():
    arms = {nth: (Arm(4000, 800 + 10 * nth), Arm(1000, 200)) for nth in range(6)}
    arms["静安寺店"] = Arm(20, 8), Arm(10, 2)  # 20 points better, of thirty members
    pooled = by_place(arms)
    assert pooled["静安寺店"].raw == pytest.approx(0.2)
    assert pooled["静安寺店"].drawn.value < 0.05
    assert pooled[5].drawn.value == pytest.approx(pooled[5].raw, abs=0.01)
    assert by_place({"one": arms[1]}) == {}


@pytest.mark.parametrize(
    ("difference", "doubt", "verdict"),
    [
        (Difference(0.02, 0.01, 0.03), "", "better"),
        (Difference(-0.02, -0.03, -0.01), "", "worse"),
        (Difference(0.02, -0.01, 0.05), "", "cannot_tell"),
        (Difference(0.02, 0.01, 0.03), "sample_ratio", "cannot_tell"),
        (None, "", "cannot_tell"),
    ],
)
def test_a_verdict_is_given_only_when_zero_lies_outside_and_nothing_is_doubtful(difference, doubt, verdict):
    assert verdict_of(difference, doubt) == verdict


def test_doubts_in_the_order_in_which_they_matter():
    many, few = Arm(1000, 10), Arm(12, 1)
    assert doubt_of(many, Arm(), None) == "no_control"
    assert doubt_of(many, few, 1e-9) == "sample_ratio"
    assert doubt_of(many, few, 0.5) == "too_few"
    assert doubt_of(many, many, 0.5) == ""
