"""The arms of a comparison: how many members each has and what they did, and how large the control should be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from members.buckets import SHARES, share


@dataclass(frozen=True)
class Arm:
    """Members of an arm: how many, how many of them did it, the sum of what they spent (yuan) and of its squares."""

    members: int = 0
    did: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "Arm") -> "Arm":
        return Arm(
            self.members + other.members, self.did + other.did, self.total + other.total, self.squares + other.squares
        )

    @property
    def share(self) -> float:
        """The share that did it; 0 of nobody."""
        return self.did / self.members if self.members else 0.0

    @property
    def per_head(self) -> float:
        """Yuan per head; 0 of nobody."""
        return self.total / self.members if self.members else 0.0


def together(arms: Iterable[Arm]) -> Arm:
    """The members of some arms as one."""
    return sum(arms, Arm())


def held_out_share(salt: str, percent: int) -> float:
    """The share of members that falls into a control group of so many percent under a salt.

    Members fall into one of 10,000 buckets, and whole buckets are held out: of ten percent it may be 9.7 or 10.3, which
    a million members would show as a fault.
    """
    return sum(share(salt, bucket) < percent * SHARES // 100 for bucket in range(SHARES)) / SHARES


def ways_of(salt: str, percents: Sequence[int], holdout_salt: str, holdout: int) -> list[int]:
    """How many of the buckets that are not held out go down each way of a split of so many percents."""
    ends = [end * SHARES // 100 for end in accumulate(percents)]
    counts = [0] * len(ends)
    for bucket in range(SHARES):
        if share(holdout_salt, bucket) >= holdout * SHARES // 100:
            drawn = share(salt, bucket)
            counts[next(way for way, end in enumerate(ends) if drawn < end)] += 1
    return counts
