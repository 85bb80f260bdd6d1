"""Bundles: certain pieces together for one price (套餐价, 任选 3 件 99 元)."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from campaigns.pricing.bill import Bill, Effect, share_out
from campaigns.pricing.deals.base import Deal, Missing, Turn
from campaigns.pricing.deals.pieces import pieces_of


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bundle: ``count`` pieces of these lines."""

    lines: tuple[int, ...]
    count: int


@dataclass(frozen=True, kw_only=True)
class Bundle(Deal):
    """All ``parts`` together for ``price`` cents, ``most`` times at most; the dearest pieces that fit are taken."""

    parts: tuple[Part, ...]
    price: int
    most: int | None = None
    turn: Turn = Turn.BUNDLE

    def __post_init__(self) -> None:
        """The lines are those of the parts."""
        if set(self.lines) != {line for part in self.parts for line in part.lines}:
            raise ValueError("the lines of a bundle are those of its parts")

    def effect(self, bill: Bill) -> Effect | None:
        """As many bundles as are complete and cheaper than their pieces."""
        best, saved, times = Counter[int](), 0, 0
        while times != self.most:
            pieces = self._gather(bill, times + 1)
            saving = sum([bill.items[line].price * count for line, count in pieces.items()]) - self.price * (times + 1)
            if saving <= saved or not pieces:
                break
            best, saved, times = pieces, saving, times + 1
        if not times:
            return None
        shares = share_out(saved, {line: bill.items[line].price * count for line, count in sorted(best.items())})
        off = {line: min(part, bill.left[line]) for line, part in shares.items()}
        return Effect(off, best, facts={"times": times})

    def missing(self, bill: Bill) -> Missing | None:
        """How many pieces the next bundle is short of, when some of it is there."""
        effect = self.effect(bill)
        done = effect.facts["times"] if effect else 0
        if done == self.most:
            return None
        size = sum(part.count for part in self.parts)
        there = sum(self._gather(bill, done + 1, partly=True).values())
        return Missing(pieces=size * (done + 1) - there) if size * done < there < size * (done + 1) else None

    def _gather(self, bill: Bill, times: int, *, partly: bool = False) -> Counter[int]:
        """The dearest pieces that make so many bundles; nothing when they are not complete, unless ``partly``."""
        short = any(sum([bill.free[line] for line in part.lines]) < part.count * times for part in self.parts)
        if short and not partly:
            return Counter()
        rows = self._apart(bill, times) if self._is_simple else self._overlapping(bill, times)
        complete = all(len(row) == part.count * times for row, part in zip(rows, self.parts, strict=True))
        return Counter([line for row in rows for line in row]) if complete or partly else Counter()

    def _apart(self, bill: Bill, times: int) -> list[list[int]]:
        """The pieces of each part, when no line fits two of them."""
        return [pieces_of(bill, part.lines)[: part.count * times] for part in self.parts]

    def _overlapping(self, bill: Bill, times: int) -> list[list[int]]:
        """The pieces of each part, the dearest first into any part that has room.

        A piece moves to another part when that lets one more in (augmenting paths), so that a bundle is found whenever
        there is one.
        """
        held: list[list[int]] = [[] for _part in self.parts]
        room = [part.count * times for part in self.parts]

        def place(line: int, seen: set[int]) -> bool:
            for nth, part in enumerate(self.parts):
                if nth in seen or line not in part.lines:
                    continue
                seen.add(nth)
                if len(held[nth]) < room[nth]:
                    held[nth].append(line)
                    return True
                for other in dict.fromkeys(held[nth]):
                    if place(other, seen):
                        held[nth][held[nth].index(other)] = line
                        return True
            return False

        for line in pieces_of(bill, self.lines):
            place(line, set())
        return held

    @cached_property
    def _is_simple(self) -> bool:
        lines = [line for part in self.parts for line in part.lines]
        return len(lines) == len(set(lines))
