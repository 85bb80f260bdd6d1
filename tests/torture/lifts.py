"""Campaigns with a known effect: how often the 95 % interval holds it, and how often nothing is taken for something.

Every run draws the members of both arms by their buckets, as the product does, and what they buy by chance; the product
then says what changed. The truth must lie in the interval in 93 to 97 of 100 runs. The control tears the arms apart:
whoever opened the message is compared with whoever did not, and buyers open more; then the interval must fail.
"""

from dataclasses import dataclass

import numpy as np

from campaigns.lift.arms import Arm, held_out_share
from campaigns.lift.pooling import by_place
from campaigns.lift.statistics import of_means, of_shares, sample_ratio
from campaigns.lift.stopping import decide

LEAST, MOST = 0.93, 0.97
USUAL = (0.02, 0.1, 0.35)
EFFECTS = (-0.015, 0.0, 0.03)
RUNS = 2_000  # of 500 the share would lie outside by chance once in twenty times
WRONG_RATIO = 0.01  # of runs whose control group may be doubted by chance; asked at 0.001


@dataclass
class Covered:
    """How many intervals there were, and how many of them held the truth."""

    runs: int = 0
    held: int = 0

    def count(self, low: float, truth: float, high: float) -> None:
        """One more interval."""
        self.runs += 1
        self.held += low <= truth <= high

    @property
    def share(self) -> float:
        """The share that held it."""
        return self.held / self.runs if self.runs else 0.0


@dataclass
class Told:
    """What so many runs showed."""

    shares: Covered
    spend: Covered
    stores: Covered
    astray: Covered
    doubted: int
    stopped: int
    runs: int

    @property
    def wrong(self) -> list[str]:
        """What is not as it should be."""
        found = [
            f"{name}: {one.share:.1%} of {one.runs} intervals hold the truth"
            for name, one in (("shares", self.shares), ("spend", self.spend), ("stores", self.stores))
            if not LEAST <= one.share <= MOST and not (name == "stores" and one.share > MOST)
        ]
        if self.doubted > max(2, self.runs * WRONG_RATIO):
            found.append(f"{self.doubted} of {self.runs} control groups of the right size were doubted")
        if self.stopped > max(3, self.runs * 0.05):
            found.append(f"{self.stopped} of {self.runs} journeys worth just enough were stopped")
        if self.astray.share > 0.5:
            found.append("the control held the truth, too: this run proves nothing")
        return found


def run(seed: int, share: float) -> tuple[str, list[str]]:
    """The program of ``make torture ONLY=lift``: four times five hundred campaigns."""
    runs = max(100, round(RUNS * share))
    told = simulate(seed, runs)
    words = ", ".join(
        f"{name} {one.share:.1%}"
        for name, one in (("shares", told.shares), ("spend", told.spend), ("stores", told.stores))
    )
    return (
        f"{runs:,} campaigns with a known effect; held by their 95 % intervals: {words}; with torn arms (control): "
        f"{told.astray.share:.1%}; {told.doubted} control groups doubted, {told.stopped} journeys stopped for nothing",
        told.wrong,
    )


def simulate(seed: int, runs: int, members: int = 4_000) -> Told:
    """So many campaigns of so many members."""
    chance = np.random.default_rng(seed)
    told = Told(Covered(), Covered(), Covered(), Covered(), 0, 0, runs)
    for run in range(runs):
        _one(chance, run, members, told)
    return told


def _one(chance: np.random.Generator, run: int, members: int, told: Told) -> None:
    usual, effect = max(USUAL[run % 3], 0.02), EFFECTS[run // 3 % 3]
    usual = usual if usual + effect > 0 else 0.1
    expected = held_out_share(f"campaign:{run}:holdout", 20)
    control = chance.random(members) < expected
    store = chance.choice(40, members, p=_sizes(40))
    by_store = chance.normal(0, 0.01, 40)
    lift = np.where(control, 0.0, effect + by_store[store])
    bought = chance.random(members) < np.clip(usual + lift, 0, 1)
    spent = np.where(bought, chance.gamma(4.0, 15.0, members), 0.0)
    treated, left = _arm(bought[~control], spent[~control]), _arm(bought[control], spent[control])
    truth = float(np.mean(np.clip(usual + effect + by_store[store], 0, 1)[~control])) - usual
    shares, spend = of_shares(treated, left), of_means(treated, left)
    if shares and spend:
        told.shares.count(shares.low, truth, shares.high)
        told.spend.count(spend.low, truth * 60.0, spend.high)
    told.doubted += (sample_ratio(treated.members, left.members, expected) or 0.0) < 0.001
    told.stopped += decide(treated, left, least_gain=truth * 60.0, looks=5) == "stop"
    places = {
        nth: (
            _arm(bought[here & ~control], spent[here & ~control]),
            _arm(bought[here & control], spent[here & control]),
        )
        for nth in range(40)
        for here in (store == nth,)
    }
    for nth, one in by_place(places).items():
        told.stores.count(one.drawn.low, max(effect + by_store[nth], -usual), one.drawn.high)
    # the control: whoever bought more likely had opened the message, and those are taken for the treated
    opened = ~control & (chance.random(members) < np.where(bought, 0.9, 0.3))
    astray = of_shares(_arm(bought[opened], spent[opened]), _arm(bought[~opened], spent[~opened]))
    if astray:
        told.astray.count(astray.low, truth, astray.high)


def _sizes(places: int) -> np.ndarray:
    """A few large stores and many small ones."""
    sizes = 1 / np.arange(1, places + 1)
    return sizes / sizes.sum()


def _arm(bought: np.ndarray, spent: np.ndarray) -> Arm:
    return Arm(len(bought), int(bought.sum()), float(spent.sum()), float((spent**2).sum()))
