"""People who come and stay away by the laws of BG/NBD and spend by those of Gamma-Gamma, from a seed."""

from dataclasses import dataclass

import numpy as np

from members.insight.value import bgnbd, gammagamma


@dataclass
class Lives:
    """What was seen of people until now (x, t, T in weeks), what they did after, and what each purchase cost them."""

    x: np.ndarray
    t: np.ndarray
    T: np.ndarray
    later: np.ndarray
    comes: np.ndarray
    total: np.ndarray

    def triples(self) -> bgnbd.Triples:
        """Compressed to whole weeks, as the product does."""
        weeks = np.stack([self.x, np.round(self.t), np.round(self.T)], axis=1)
        kinds, counts = np.unique(weeks, axis=0, return_counts=True)
        return bgnbd.Triples(kinds[:, 0], kinds[:, 1], kinds[:, 2], counts.astype(float))

    def spending(self) -> gammagamma.Spending:
        """Everybody for themselves."""
        return gammagamma.Spending(self.x + 1, self.total, np.log(self.total), np.ones_like(self.total))


def lived(
    count: int,
    purchases: bgnbd.Parameters,
    spending: gammagamma.Parameters,
    *,
    seed: int,
    weeks: float = 104,
    ahead: float = 26,
) -> Lives:
    """So many people who began at any time in ``weeks`` but the newest eighth, watched for ``ahead`` weeks more."""
    chance = np.random.default_rng(seed)
    rate = chance.gamma(purchases.r, 1 / purchases.alpha, count)
    leaving = chance.beta(purchases.a, purchases.b, count)
    until = chance.uniform(weeks / 8, weeks, count)
    x, t, now, later = np.zeros((4, count))
    here, comes = np.ones(count, dtype=bool), np.ones(count, dtype=bool)
    while here.any():
        now = np.where(here, now + chance.exponential(1 / rate), now)
        seen, after = here & (now <= until), here & (now > until) & (now <= until + ahead)
        x, t, later = x + seen, np.where(seen, now, t), later + after
        leaves = (seen | after) & (chance.random(count) < leaving)
        comes &= ~(seen & leaves)
        here &= (seen | after) & ~leaves
    mean = chance.gamma(spending.q, 1 / spending.v, count)
    total = chance.gamma(spending.p * (x + 1), 1 / mean)
    return Lives(x, t, until, later, comes, total)
