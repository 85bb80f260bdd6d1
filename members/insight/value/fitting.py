"""Fitting both models: the parameters that make what people did likeliest, with intervals; exact, by compressed counts.

The search goes over the logarithms of the parameters (L-BFGS with the slope, from several starts). Intervals come from
the curvature there: the inverse of the Hessian, by differences of the slope, on the logarithms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import OptimizeResult, minimize

from members.insight.value import bgnbd, gammagamma

Array = npt.NDArray[np.float64]
Slope = Callable[[Array], tuple[float, Array]]
Z = 1.959963984540054  # of 95 %
FARTHEST = 12.0  # e to that power on either side: what lies there is no answer but a model that does not fit
STEP = 1e-4
COARSE, FINE = {"maxiter": 12}, {"maxiter": 500, "ftol": 1e-13, "gtol": 1e-8}
STARTS = ((0.25, 4.5, 0.8, 2.5), (1.0, 10.0, 1.0, 1.0), (2.0, 30.0, 0.3, 6.0), (0.6, 2.0, 2.0, 2.0))
SPENDING_STARTS = ((6.0, 4.0, 15.0), (1.0, 3.0, 100.0), (2.0, 1.5, 10.0))


@dataclass(frozen=True)
class Estimate:
    """A parameter with its 95 % interval; without one where the likelihood is flat."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Fit:
    """The likeliest parameters in the model's order, and how likely they make what was seen."""

    estimates: tuple[Estimate, ...]
    log_likelihood: float

    @property
    def values(self) -> tuple[float, ...]:
        """The parameters alone."""
        return tuple(one.value for one in self.estimates)


def fit_purchases(people: bgnbd.Triples) -> Fit | None:
    """r, alpha, a, b of BG/NBD; None when the search ends nowhere."""
    return _fit(lambda logs: bgnbd.value_and_slope(logs, people), STARTS, float(people.count.sum()))


def fit_spending(people: gammagamma.Spending) -> Fit | None:
    """p, q, v of Gamma-Gamma; None when the search ends nowhere."""
    scale = float(people.total.sum() / (people.n * people.count).sum())
    starts = [(p, q, v * scale / 30) for p, q, v in SPENDING_STARTS]
    return _fit(lambda logs: gammagamma.value_and_slope(logs, people), starts, float(people.count.sum()))


def _fit(slope: Slope, starts: Sequence[Sequence[float]], people: float) -> Fit | None:
    begun = [_climb(slope, np.log(start), people, COARSE) for start in starts]
    best = min((one for one in begun if np.isfinite(one.fun)), key=lambda one: one.fun, default=None)
    if best is None:
        return None
    best = _climb(slope, best.x, people, FINE)
    spread = _spread(slope, best.x)
    return Fit(
        tuple(_estimate(log, spread[nth] if spread is not None else None) for nth, log in enumerate(best.x)),
        -float(best.fun) * people,
    )


def _climb(slope: Slope, start: Array, people: float, how: Mapping[str, float]) -> OptimizeResult:
    """Where L-BFGS comes to from a start; the likelihood is taken per head, so that limits mean the same everywhere."""

    def downhill(logs: Array) -> tuple[float, Array]:
        value, by = slope(logs)
        return -value / people, -by / people

    bounds = [(-FARTHEST, FARTHEST)] * len(start)
    return minimize(downhill, start, jac=True, method="L-BFGS-B", bounds=bounds, options=dict(how))


def _spread(slope: Slope, logs: Array) -> Array | None:
    """The standard errors of the logarithms; None where the likelihood has no peak."""
    if np.max(np.abs(logs)) > FARTHEST - 0.01:
        return None
    size = len(logs)
    steps = np.eye(size) * STEP
    hessian = np.array([(slope(logs + step)[1] - slope(logs - step)[1]) / (2 * STEP) for step in steps])
    try:
        inverse = cho_solve(cho_factor(-(hessian + hessian.T) / 2), np.eye(size))
    except (LinAlgError, ValueError):
        return None
    return np.sqrt(np.diag(inverse))


def _estimate(log: float, spread: float | None) -> Estimate:
    if spread is None:
        return Estimate(float(np.exp(log)), None, None)
    return Estimate(*(float(np.exp(log + side * spread)) for side in (0, -Z, Z)))
