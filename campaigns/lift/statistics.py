"""Differences between two arms with their 95 % intervals, and whether the arms are as large as they should be.

Every figure is statsmodels' or scipy's; here is only what is asked of them. Loaded by jobs alone.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from campaigns.lift.arms import Arm

ALPHA = 0.05


@dataclass(frozen=True)
class Difference:
    """Treated less left alone, and the ends of its interval."""

    value: float
    low: float
    high: float


def of_shares(treated: Arm, control: Arm, *, alpha: float = ALPHA) -> Difference | None:
    """The difference of two shares with Newcombe's interval (1998, method 10); None when an arm is empty."""
    if not treated.members or not control.members:
        return None
    low, high = confint_proportions_2indep(
        treated.did, treated.members, control.did, control.members, method="newcomb", compare="diff", alpha=alpha
    )
    value = treated.share - control.share
    return Difference(value, min(float(low), value), max(float(high), value))


def of_means(treated: Arm, control: Arm, *, alpha: float = ALPHA) -> Difference | None:
    """The difference of what was spent per head with Welch's interval; None when an arm has fewer than two members or
    nobody spent anything."""
    if min(treated.members, control.members) < 2 or not (treated.total or control.total):
        return None
    compared = CompareMeans(_described(treated), _described(control))
    if not compared.d1.var + compared.d2.var > 0:
        return None
    low, high = compared.tconfint_diff(alpha=alpha, usevar="unequal")
    return Difference(float(treated.per_head - control.per_head), float(low), float(high))


def sample_ratio(treated: int, control: int, expected: float) -> float | None:
    """How likely a control group of such a size, or one farther from the ``expected`` share, is by chance (exact
    binomial test); None when nobody is there or nobody was to be left out."""
    if not treated + control or not 0 < expected < 1:
        return None
    return float(binomtest(control, treated + control, expected).pvalue)


def _described(arm: Arm) -> DescrStatsW:
    """An arm as statsmodels wants it. Welch's interval knows of the values only their number, mean and variance, so two
    values that have the same stand for all of them."""
    mean = arm.per_head
    spread = np.sqrt(max(arm.squares / arm.members - mean**2, 0.0))
    return DescrStatsW(np.array([mean - spread, mean + spread]), weights=np.full(2, arm.members / 2), ddof=1)
