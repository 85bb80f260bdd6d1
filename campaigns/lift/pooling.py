"""Effects of many places at once, partially pooled: the fewer members a place has, the more it is drawn to all others.

A store with thirty members shows anything by chance. The effects of places are taken to lie normally about their mean;
how far they truly lie apart (tau) is not known, so every tau counts by how likely it makes what was seen, with a flat
prior: Gelman et al., Bayesian Data Analysis, 5.4 (the eight schools). One estimate of tau alone would make the
intervals too narrow: it is often zero by chance. Loaded by jobs alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from scipy.stats import norm
from statsmodels.stats.meta_analysis import effectsize_2proportions

from campaigns.lift.arms import Arm, together
from campaigns.lift.statistics import ALPHA, Difference

LEAST = 3  # places, below which nothing is known of how far they lie apart
TAUS, FARTHEST = 80, 4  # so many taus are tried, up to so many times the spread that was seen
Key = TypeVar("Key")
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pooled:
    """A place: its effect before, and drawn to the others."""

    raw: float
    drawn: Difference


def by_place(arms: Mapping[Key, tuple[Arm, Arm]]) -> dict[Key, Pooled]:
    """The effect on the share in each place (treated, control), drawn to that of all; places without an arm are left
    out, and fewer than three places tell nothing about one another.

    How much chance there is in a place follows from its size and the shares of all: what ten members did says nothing
    about that.
    """
    known = {key: pair for key, pair in arms.items() if pair[0].members and pair[1].members}
    treated, control = (together(pair[nth] for pair in known.values()) for nth in (0, 1))
    if len(known) < LEAST or not (treated.did or control.did):
        return {}
    sizes = np.array([(one.members, other.members) for one, other in known.values()], dtype=float).T
    _effect, variances = effectsize_2proportions(
        treated.share * sizes[0], sizes[0], control.share * sizes[1], sizes[1], statistic="diff"
    )
    raw = np.array([one.share - other.share for one, other in known.values()])
    if not variances.min() > 0:
        return {}
    drawn = shrunk(raw, variances)
    return {key: Pooled(float(raw[nth]), drawn[nth]) for nth, key in enumerate(known)}


def shrunk(effects: Array, variances: Array) -> Sequence[Difference]:
    """Each effect drawn to the mean of all, with the interval that holds it with a certainty of 95 %."""
    taus = np.linspace(0, FARTHEST * max(float(effects.std()), 1e-12), TAUS)[:, None]
    total = variances + taus**2
    weight = (1 / total).sum(axis=1, keepdims=True)
    mean = (effects / total).sum(axis=1, keepdims=True) / weight
    likely = norm.logpdf(effects, mean, np.sqrt(total)).sum(axis=1, keepdims=True) - np.log(weight) / 2
    chance = softmax(likely, axis=0)
    own = taus**2 / total
    centres = own * effects + (1 - own) * mean
    spreads = own * variances + (1 - own) ** 2 / weight
    values = (chance * centres).sum(axis=0)
    spread = np.sqrt((chance * (spreads + (centres - values) ** 2)).sum(axis=0))
    lows, highs = norm.interval(1 - ALPHA, loc=values, scale=spread)
    return [Difference(float(v), float(a), float(b)) for v, a, b in zip(values, lows, highs, strict=True)]
