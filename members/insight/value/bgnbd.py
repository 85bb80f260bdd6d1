"""BG/NBD: how often people come, and whether they still do.

While somebody comes, their purchases are a Poisson stream with a rate of their own (gamma-distributed: r, alpha); after
each purchase but the first they stop for good with a probability of their own (beta-distributed: a, b). All that is to
be known of a person is the triple x (purchases after the first), t (weeks from the first to the last) and T (weeks from
the first until now). Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2).

Everything is computed in logarithms, so that hundreds of purchases do no harm. Arrays in, arrays out.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, digamma, expit, gammaln, hyp2f1

Array = npt.NDArray[np.float64]
NEAR_ONE = 1e-5  # how close a may come to 1, where the formula of expected purchases divides zero by zero


@dataclass(frozen=True)
class Triples:
    """Kinds of people, and how many there are of each: ``x`` repeat purchases, the last ``t`` and now ``T`` weeks after
    the first."""

    x: Array
    t: Array
    T: Array
    count: Array

    @cached_property
    def kinds(self) -> tuple[Array, npt.NDArray[np.intp]]:
        """The distinct x, and for every triple which of them is its own: what hangs on x alone is computed once."""
        distinct, which = np.unique(self.x, return_inverse=True)
        return distinct, which


@dataclass(frozen=True)
class Parameters:
    """What the streams (r, alpha in weeks) and the leaving (a, b) of all people are like."""

    r: float
    alpha: float
    a: float
    b: float


def weighed(counts: Array, values: Array) -> float:
    """The sum of values, each as often as its count. (A dot product would wake all cores for a few thousand rows.)"""
    return float(np.sum(counts * values))


def log_likelihood(parameters: Parameters, people: Triples) -> float:
    """The logarithm of the probability of these people."""
    return _likelihood(parameters, people)[0]


def value_and_slope(logs: Array, people: Triples) -> tuple[float, Array]:
    """The log-likelihood and its derivatives by the logarithms of r, alpha, a and b, given these logarithms."""
    parameters = Parameters(*(float(one) for one in np.exp(logs)))
    value, (stays, leaves) = _likelihood(parameters, people)
    return value, _slope(parameters, people, stays, leaves)


def alive(parameters: Parameters, x: Array, t: Array, T: Array) -> Array:
    """The probability that somebody still comes. After one purchase alone it is 1: nobody leaves before the second."""
    odds = (
        np.log(parameters.a)
        - np.log(np.maximum(parameters.b + x - 1, np.finfo(float).tiny))
        + (parameters.r + x) * (np.log(parameters.alpha + T) - np.log(parameters.alpha + t))
    )
    return np.where(x > 0, expit(-odds), 1.0)


def expected(parameters: Parameters, x: Array, t: Array, T: Array, weeks: float) -> Array:
    """The purchases to be expected of somebody in the coming ``weeks``.

    The published formula, its hypergeometric function turned by Pfaff's rule into one whose argument keeps below 1 and
    whose first two parameters do not grow with x: nothing overflows and nothing cancels.
    """
    r, alpha, a, b = parameters.r, parameters.alpha, parameters.a, parameters.b
    if abs(a - 1) < NEAR_ONE:
        a = 1 + NEAR_ONE
    ahead = weeks / (alpha + T)
    series = hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, ahead / (1 + ahead))
    if_alive = (a + b + x - 1) / (a - 1) * (1 - (1 + ahead) ** (1 - a) * series)
    return np.maximum(if_alive, 0.0) * alive(parameters, x, t, T)


def _likelihood(parameters: Parameters, people: Triples) -> tuple[float, tuple[Array, Array]]:
    """The log-likelihood, and for each triple how likely it is that they stay, or have left."""
    r, alpha, a, b = parameters.r, parameters.alpha, parameters.a, parameters.b
    x, which = people.kinds
    staying = betaln(a, b + x)[which]
    leaving = np.where(x > 0, betaln(a + 1, b + np.maximum(x, 1) - 1), -np.inf)[which]
    power = r + people.x
    stayed = staying - power * np.log(alpha + people.T)
    left = leaving - power * np.log(alpha + people.t)
    either = np.logaddexp(stayed, left)
    every = (gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b))[which] + either
    return weighed(people.count, every), (np.exp(stayed - either), np.exp(left - either))


def _slope(parameters: Parameters, people: Triples, stays: Array, leaves: Array) -> Array:
    """The derivatives of the log-likelihood by the logarithms of the parameters."""
    r, alpha, a, b = parameters.r, parameters.alpha, parameters.a, parameters.b
    x, which = people.kinds
    count, until_now, until_last = people.count, alpha + people.T, alpha + people.t
    both, all_three = digamma(a + b), digamma(a + b + x)
    rate = (digamma(r + x) - digamma(r) + np.log(alpha))[which]
    by_r = rate - stays * np.log(until_now) - leaves * np.log(until_last)
    by_alpha = r / alpha - (r + people.x) * (stays / until_now + leaves / until_last)
    by_a = (both - all_three)[which] + leaves / a  # digamma(a + 1) - digamma(a) = 1 / a, and stays + leaves = 1
    before_last = digamma(b + np.maximum(x, 1) - 1)[which]
    by_b = (both - digamma(b) - all_three)[which] + stays * digamma(b + x)[which] + leaves * before_last
    slopes = [weighed(count, by) * at for by, at in ((by_r, r), (by_alpha, alpha), (by_a, a), (by_b, b))]
    return np.array(slopes)
