"""Gamma-Gamma: how much somebody spends on a purchase, whatever the number of their purchases.

The purchases of a person are gamma-distributed (shape p) around a mean of their own, which is inverse-gamma-distributed
(q, v) over people. Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value. Of a person it needs the number of
purchases and what they came to.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, gammaln

from members.insight.value.bgnbd import weighed

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spending:
    """Kinds of people: ``n`` purchases that came to ``total`` yuan, ``logs`` being the sum of log(total) over the
    ``count`` of them, whose totals differ by half a percent at most."""

    n: Array
    total: Array
    logs: Array
    count: Array

    @cached_property
    def kinds(self) -> tuple[Array, npt.NDArray[np.intp]]:
        """The distinct numbers of purchases, and which of them each row has."""
        distinct, which = np.unique(self.n, return_inverse=True)
        return distinct, which


@dataclass(frozen=True)
class Parameters:
    """Shape p of purchases; q and v (yuan) of what people differ in."""

    p: float
    q: float
    v: float


def log_likelihood(parameters: Parameters, people: Spending) -> float:
    """The logarithm of the density of these totals' means."""
    return value_and_slope(np.log([parameters.p, parameters.q, parameters.v]), people)[0]


def value_and_slope(logs: Array, people: Spending) -> tuple[float, Array]:
    """The log-likelihood and its derivatives by the logarithms of p, q and v, given these logarithms."""
    p, q, v = np.exp(logs)
    n, which = people.kinds
    count, shape, both = people.count, p * n, np.log(v + people.total)
    # the published density of the mean, total / n, in totals: of the powers of n one is left
    of_number = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v) + np.log(n)
    value = weighed(count, of_number[which] - (p * people.n + q) * both) + weighed(p * people.n - 1, people.logs)
    rising = digamma(shape + q)
    by_p = weighed(people.n * count, (rising - digamma(shape))[which] - both) + weighed(people.n, people.logs)
    by_q = weighed(count, (rising - digamma(q) + np.log(v))[which] - both)
    by_v = weighed(count, q / v - (p * people.n + q) / (v + people.total))
    return value, np.array([by_p * p, by_q * q, by_v * v])


def expected_purchase(parameters: Parameters, n: Array, total: Array) -> Array:
    """What somebody spends on a purchase on average, in yuan, given ``n`` purchases that came to ``total``; needs one
    at least."""
    return parameters.p * (parameters.v + total) / (parameters.p * n + parameters.q - 1)
