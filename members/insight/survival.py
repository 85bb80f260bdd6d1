"""Repeat rates of people of whom some have been watched only for a short while: Kaplan-Meier, its intervals, the jump.

Everybody who made an n-th purchase is watched from that day on until they buy again, or until the last day that is
counted. The rate after h days is one less the product, over the days d up to h, of the share that did not buy on day d
among those still watched then (Kaplan & Meier 1958). Its interval: Greenwood's variance (1926), carried over through
log(-log) so that it keeps within 0 and 1 (Kalbfleisch & Prentice, The Statistical Analysis of Failure Time Data, 1980;
Borgan & Liestol 1990). Where nobody, or everybody, came back, that variance is none: there the exact interval of
Clopper & Pearson (1934) holds, of those watched for all h days, or on the last day.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Z = 1.959963984540054  # of 95 %
OUTSIDE = 0.025  # on each side of the interval
LATER = 366  # stands for all gaps of so many days and more

Counts = Sequence[int] | npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rate:
    """A share from 0 to 1 with its 95 % interval, and how many people it was watched in: ``began`` at all, ``watched``
    until the end of the horizon (who came back included)."""

    value: float
    low: float
    high: float
    began: int
    watched: int


@dataclass(frozen=True)
class Jump:
    """The largest rise of the rate from one number of purchases to the next: ``number`` is the next one, ``by`` the
    rise, with its interval."""

    number: int
    by: float
    low: float
    high: float


def repeat_rate(followed: Counts, waiting: Counts, horizon: int) -> Rate | None:
    """The share that comes again within ``horizon`` days; None when nobody has been watched for so long.

    ``followed[d]`` came again after d days, ``waiting[d]`` have been watched for d days without. ``horizon`` is below
    LATER, since all that took longer lies together.
    """
    came, left = _padded(followed), _padded(waiting)
    at_risk = np.cumsum((came + left)[::-1])[::-1]
    began = int(at_risk[0])
    seen = np.nonzero(at_risk[: horizon + 1])[0]
    if not began or not len(seen):
        return None
    last = int(seen[-1])
    events, watched = came[: last + 1], at_risk[: last + 1]
    stayed = float(np.prod(1 - events / watched))
    if last < horizon and stayed > 0:
        return None
    low, high = _interval(stayed, events, watched)
    return Rate(1 - stayed, low, high, began, int(came.sum() + left[horizon:].sum()))


def magic_number(rates: Sequence[Rate | None]) -> Jump | None:
    """The number of purchases that makes the greatest difference; ``rates`` are those after the 1st, 2nd, ... purchase.

    A rise counts only where the intervals of both rates keep apart. That is stricter than testing one difference at
    5 % (for rates of like width it is below 0.6 %), so that seven of them together go wrong in less than one of twenty
    cases. None: one cannot tell.
    """
    found = [
        Jump(nth + 2, after.value - before.value, *_difference(before, after))
        for nth, (before, after) in enumerate(zip(rates, rates[1:], strict=False))
        if before and after and after.low > before.high
    ]
    return max(found, key=lambda jump: jump.by, default=None)


def _padded(counts: Counts) -> npt.NDArray[np.int64]:
    found = np.zeros(LATER + 1, dtype=np.int64)
    found[: len(counts)] = counts
    return found


def _interval(stayed: float, events: npt.NDArray[np.int64], watched: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Of the rate, that is one less what stayed away."""
    last = int(watched[-1])
    if not events.any():
        return 0.0, 1 - OUTSIDE ** (1 / last)
    if stayed <= 0:
        return OUTSIDE ** (1 / last), 1.0
    greenwood = float(np.sum(events / (watched * (watched - events))))
    spread = math.exp(Z * math.sqrt(greenwood) / abs(math.log(stayed)))
    return 1 - stayed ** (1 / spread), 1 - stayed**spread


def _difference(before: Rate, after: Rate) -> tuple[float, float]:
    """The interval of a difference from those of its two rates (Newcombe 1998, method 10; Zou & Donner 2008)."""
    by = after.value - before.value
    down = math.hypot(after.value - after.low, before.high - before.value)
    up = math.hypot(after.high - after.value, before.value - before.low)
    return by - down, by + up
