"""Effects of many places at once, partially pooled: the fewer members a place has, the more it is drawn to all others.

A store with thirty members shows anything by chance. How much places truly differ (tau squared) and their mean is
estimated by statsmodels' random-effects meta-analysis (iterated Paule-Mandel); a place's own figure counts by the share
of the spread that is not chance. Efron & Morris (1975), Data analysis using Stein's estimator. Loaded by jobs alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.stats import norm
from statsmodels.stats.meta_analysis import combine_effects, effectsize_2proportions

from campaigns.lift.arms import Arm
from campaigns.lift.statistics import ALPHA, Difference

LEAST = 2  # places, below which there is nothing to pool
HALF = 0.5  # added to all four counts of a place where one is zero (Haldane, Anscombe)
Key = TypeVar("Key")
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pooled:
    """A place: its effect before, and drawn to the others."""

    raw: float
    drawn: Difference


def by_place(arms: Mapping[Key, tuple[Arm, Arm]]) -> dict[Key, Pooled]:
    """The effect on the share in each place (treated, control), drawn to that of all; places without an arm are left
    out, and fewer than two places tell nothing about one another."""
    known = {key: pair for key, pair in arms.items() if pair[0].members and pair[1].members}
    if len(known) < LEAST:
        return {}
    counts = np.array([(t.did, t.members, c.did, c.members) for t, c in known.values()], dtype=float)
    effects, variances = effectsize_2proportions(*counts.T, statistic="diff", zero_correction=HALF)
    drawn = shrunk(effects, variances)
    return {
        key: Pooled(treated.share - control.share, one)
        for (key, (treated, control)), one in zip(known.items(), drawn, strict=True)
    }


def shrunk(effects: Array, variances: Array) -> Sequence[Difference]:
    """Each effect drawn to the mean of all, with its interval."""
    combined = combine_effects(effects, variances, method_re="iterated")
    between = max(float(combined.tau2), 0.0)
    own = between / (between + variances)
    mean, mean_variance = float(combined.mean_effect_re), float(combined.sd_eff_w_re) ** 2
    values = own * effects + (1 - own) * mean
    spread = np.sqrt(own * variances + (1 - own) ** 2 * mean_variance)
    lows, highs = norm.interval(1 - ALPHA, loc=values, scale=spread)
    return [Difference(float(v), float(a), float(b)) for v, a, b in zip(values, lows, highs, strict=True)]
