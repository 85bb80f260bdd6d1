"""BG/NBD and Gamma-Gamma: the formulas against integrals and simulated lives, and known parameters found again."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import fixed_quad, quad
from scipy.stats import beta, gamma

from members.insight.value import bgnbd, fitting, gammagamma
from tests.insight.people import lived

CDNOW = bgnbd.Parameters(r=0.243, alpha=4.414, a=0.793, b=2.426)
SHOP = bgnbd.Parameters(r=0.6, alpha=6.0, a=0.8, b=2.5)
SMOOTH = bgnbd.Parameters(r=2.6, alpha=6.0, a=2.4, b=3.5)  # a density without poles, so that integrals are found
BASKETS = gammagamma.Parameters(p=6.25, q=3.74, v=15.44)
SEEN = ((0, 0.0, 38.9), (1, 3.2, 20.0), (2, 30.43, 38.86), (7, 29.4, 38.86), (26, 30.86, 31.0))


def kind(x: float, t: float, T: float) -> bgnbd.Triples:
    """One person."""
    return bgnbd.Triples(*(np.array([float(one)]) for one in (x, t, T, 1)))


def over_everybody(weighed: Callable[[np.ndarray, float], np.ndarray], parameters: bgnbd.Parameters) -> float:
    """The integral of something over every chance of leaving and every rate of coming."""

    def at_rate(rate: float) -> float:
        return fixed_quad(lambda leaving: weighed(leaving, rate) * beta.pdf(leaving, parameters.a, parameters.b), 0, 1,
                          n=120)[0]  # fmt: skip

    def at_rates(rates: np.ndarray) -> np.ndarray:
        weights = gamma.pdf(rates, parameters.r, scale=1 / parameters.alpha)
        return weights * np.array([at_rate(rate) for rate in rates])

    return float(fixed_quad(at_rates, 0, 6, n=160)[0])


def by_integration(parameters: bgnbd.Parameters, x: int, t: float, T: float) -> float:
    """The likelihood of a person as the model is told: over every rate of coming and every chance of leaving."""

    def of_somebody(leaving: np.ndarray, rate: float) -> np.ndarray:
        stayed = (1 - leaving) ** x * rate**x * np.exp(-rate * T)
        return stayed + (leaving * (1 - leaving) ** (x - 1) * rate**x * np.exp(-rate * t) if x else 0)

    return float(np.log(over_everybody(of_somebody, parameters)))


@pytest.mark.parametrize(("x", "t", "T"), SEEN)
def test_the_likelihood_is_the_integral_over_all_people(x, t, T):
    assert bgnbd.log_likelihood(SMOOTH, kind(x, t, T)) == pytest.approx(by_integration(SMOOTH, x, t, T), rel=1e-6)


def test_the_likelihood_of_hundreds_of_purchases_is_a_number():
    busy = kind(900, 51.9, 52)
    assert np.isfinite(bgnbd.log_likelihood(SHOP, busy))
    assert 0.9 < bgnbd.alive(SHOP, busy.x, busy.t, busy.T)[0] <= 1
    assert 600 < bgnbd.expected(SHOP, busy.x, busy.t, busy.T, 52)[0] < 900


def test_the_slope_is_that_of_the_likelihood():
    people = lived(2_000, SHOP, BASKETS, seed=5)
    for slope, logs in (
        (lambda at: bgnbd.value_and_slope(at, people.triples()), np.log([0.4, 7.0, 0.6, 2.0])),
        (lambda at: gammagamma.value_and_slope(at, people.spending()), np.log([5.0, 3.0, 20.0])),
    ):
        steps = np.eye(len(logs)) * 1e-5
        by_hand = [(slope(logs + step)[0] - slope(logs - step)[0]) / 2e-5 for step in steps]
        assert slope(logs)[1] == pytest.approx(by_hand, rel=1e-4)


def expected_by_integration(parameters: bgnbd.Parameters, x: int, t: float, T: float, weeks: float) -> float:
    """Expected purchases of a person: those for a rate and a chance of leaving, over all that explain what was seen."""

    def weighed(leaving: np.ndarray, rate: float) -> np.ndarray:
        stayed = (1 - leaving) ** x * rate**x * np.exp(-rate * T)
        return stayed * (1 - np.exp(-rate * leaving * weeks)) / leaving

    return over_everybody(weighed, parameters) / float(np.exp(by_integration(parameters, x, t, T)))


@pytest.mark.parametrize(("x", "t", "T"), SEEN)
def test_expected_purchases_are_the_integral_over_all_people(x, t, T):
    one = kind(x, t, T)
    found = bgnbd.expected(SMOOTH, one.x, one.t, one.T, 39.0)[0]
    assert found == pytest.approx(expected_by_integration(SMOOTH, x, t, T, 39.0), rel=1e-6)


def test_expected_purchases_pass_the_pole_at_a_of_one_smoothly():
    one = kind(3, 20, 30)
    below, at, above = (
        bgnbd.expected(bgnbd.Parameters(0.6, 6.0, a, 2.5), one.x, one.t, one.T, 12.86)[0] for a in (0.999, 1.0, 1.001)
    )
    assert below > at > above
    assert at == pytest.approx((below + above) / 2, rel=1e-4)


def test_who_still_comes_and_how_often_is_as_in_simulated_lives():
    people = lived(30_000, SHOP, BASKETS, seed=20261122)
    still = bgnbd.alive(SHOP, people.x, people.t, people.T)
    coming = bgnbd.expected(SHOP, people.x, people.t, people.T, 26.0)
    again = people.x > 0
    for low in np.arange(0, 1, 0.2):
        band = again & (still >= low) & (still < low + 0.2)
        spread = np.sqrt(0.25 / band.sum())
        assert people.comes[band].mean() == pytest.approx(still[band].mean(), abs=4 * spread), low
    for times in range(6):
        some = people.x == times
        spread = people.later[some].std() / np.sqrt(some.sum())
        assert people.later[some].mean() == pytest.approx(coming[some].mean(), abs=4 * spread), times
    assert (still[~again] == 1).all()


def test_known_parameters_are_found_again_within_their_intervals():
    people = lived(12_000, CDNOW, BASKETS, seed=2005, weeks=78)
    purchases, spending = fitting.fit_purchases(people.triples()), fitting.fit_spending(people.spending())
    for fit, truth in ((purchases, CDNOW), (spending, BASKETS)):
        for one, true in zip(fit.estimates, vars(truth).values(), strict=True):
            assert one.low < true < one.high
            assert one.high / one.low < 2.4, "an interval that wide would find anything"
    assert purchases.log_likelihood >= bgnbd.log_likelihood(CDNOW, people.triples())


def test_people_of_another_sort_are_not_taken_for_these():
    """Control: the intervals do not hold whatever is asked of them."""
    people = lived(12_000, bgnbd.Parameters(0.4, 4.414, 0.793, 2.426), BASKETS, seed=2005, weeks=78)
    assert not fitting.fit_purchases(people.triples()).estimates[0].low < CDNOW.r


def test_the_density_of_spending_is_the_integral_over_all_means():
    n, mean = 3.0, 42.0

    def weighed(rate: float) -> float:
        return gamma.pdf(mean, BASKETS.p * n, scale=1 / (rate * n)) * gamma.pdf(rate, BASKETS.q, scale=1 / BASKETS.v)

    one = gammagamma.Spending(*(np.array([value]) for value in (n, n * mean, np.log(n * mean), 1.0)))
    by_hand = np.log(quad(weighed, 0, np.inf, epsabs=0)[0])
    assert gammagamma.log_likelihood(BASKETS, one) == pytest.approx(by_hand, rel=1e-8)


def test_nothing_to_learn_gives_no_interval():
    nobody_came_again = bgnbd.Triples(np.zeros(3), np.zeros(3), np.array([10.0, 20, 30]), np.array([50.0, 50, 50]))
    fit = fitting.fit_purchases(nobody_came_again)
    assert all(one.low is None for one in fit.estimates)
