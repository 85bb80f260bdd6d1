"""Deals on amounts: so much off from so much on, in steps (满减), and percentages with a cap."""

from dataclasses import dataclass
from decimal import Decimal

from campaigns.pricing.bill import Bill, Effect, percent_off
from campaigns.pricing.deals.base import Deal, Missing, Turn


@dataclass(frozen=True, slots=True)
class Step:
    """From ``threshold`` cents on, ``off`` cents."""

    threshold: int
    off: int


@dataclass(frozen=True, kw_only=True)
class FullReduction(Deal):
    """The highest step reached; with ``repeats`` the only step for each full threshold. ``most`` cents at most."""

    steps: tuple[Step, ...]
    repeats: bool = False
    most: int | None = None
    turn: Turn = Turn.FULL_REDUCTION

    def effect(self, bill: Bill) -> Effect | None:
        """Off in proportion to what is left of each line."""
        base = bill.base(self.lines)
        off = min(self._off(base), base)
        if off <= 0:
            return None
        reached = sum(step.threshold <= base for step in self.steps)
        return Effect.shared(off, self.lines, bill, {"base": base, "step": reached})

    def missing(self, bill: Bill) -> Missing | None:
        """The next step that gives more, or the next full threshold."""
        base = bill.base(self.lines)
        now = self._off(base)
        if self.repeats:
            step = self.steps[0]
            wanted = (base // step.threshold + 1) * step.threshold
        else:
            more = [step.threshold for step in self.steps if step.threshold > base and self._off(step.threshold) > now]
            wanted = min(more, default=0)
        gain = self._off(wanted) - now
        return Missing(cents=wanted - base, gain=gain) if gain > 0 else None

    def _off(self, base: int) -> int:
        if self.repeats:
            off = base // self.steps[0].threshold * self.steps[0].off
        else:
            off = max((step.off for step in self.steps if step.threshold <= base), default=0)
        return off if self.most is None else min(off, self.most)


@dataclass(frozen=True, kw_only=True)
class Percentage(Deal):
    """``paid`` percent of the lines are still paid, from ``threshold`` cents on, ``most`` cents off at most."""

    paid: Decimal
    threshold: int = 0
    most: int | None = None
    turn: Turn = Turn.PERCENTAGE

    def effect(self, bill: Bill) -> Effect | None:
        """Rounded once for all lines, then shared out."""
        base = bill.base(self.lines)
        if base < self.threshold:
            return None
        off = self._off(base)
        if off <= 0:
            return None
        return Effect.shared(off, self.lines, bill, {"base": base})

    def missing(self, bill: Bill) -> Missing | None:
        """What is short of the threshold."""
        short = self.threshold - bill.base(self.lines)
        return Missing(cents=short, gain=self._off(self.threshold)) if short > 0 else None

    def _off(self, base: int) -> int:
        off = percent_off(base, self.paid)
        return off if self.most is None else min(off, self.most)
