"""Deals on pieces: flash prices, an item at a fixed price, the nth item for less. A piece serves one of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from campaigns.pricing.bill import Bill, Effect, percent_off
from campaigns.pricing.deals.base import Deal, Missing, Turn


def pieces_of(bill: Bill, lines: Iterable[int]) -> list[int]:
    """The free pieces of these lines, one entry each, named by line; the dearest first."""
    items, free = bill.items, bill.free
    by_price = sorted(lines, key=lambda line: (-items[line].price, line))
    return [line for line in by_price for _piece in range(free[line])]


@dataclass(frozen=True, kw_only=True)
class FlashPrice(Deal):
    """Certain items at ``prices`` (line -> cents a piece), no more than ``limit`` pieces in all.

    A line by weight counts as one piece, and costs the flash price for each unit of its weight.
    """

    prices: Mapping[int, int]
    limit: int | None = None
    turn: Turn = Turn.PRICE

    def effect(self, bill: Bill) -> Effect | None:
        """The difference for as many pieces as may be had, where it is largest first."""
        room = self.limit
        off: dict[int, int] = {}
        used: dict[int, int] = {}
        for less, line in sorted((-self._less(bill, line), line) for line in self.lines):
            count = bill.free[line] if bill.items[line].pieces else 1
            count = count if room is None else min(count, room)
            if not less or not count:
                continue
            off[line] = min(-less * count, bill.left[line])
            if bill.items[line].pieces:
                used[line] = count
            room = None if room is None else room - count
        return Effect(off, used, facts={"pieces": sum(used.values()) or len(off)}) if off else None

    def _less(self, bill: Bill, line: int) -> int:
        """What comes off a piece, or off a line by weight that is still at its list price."""
        item, price = bill.items[line], self.prices[line]
        if item.price <= price:
            return 0
        if item.pieces:
            return item.price - price
        if bill.left[line] < item.amount:
            return 0
        return item.amount - (item.amount * price * 2 + item.price) // (item.price * 2)


@dataclass(frozen=True, kw_only=True)
class FixedPrice(Deal):
    """One piece of these lines for ``price`` cents, ``most`` cents off at most, from ``threshold`` cents on.

    It is the piece that still costs most: what is left of its line, divided by its pieces and rounded down. So a till
    that knows no more than its lines comes to the same.
    """

    price: int
    threshold: int = 0
    most: int | None = None
    turn: Turn = Turn.PRICE

    def effect(self, bill: Bill) -> Effect | None:
        """The difference to what the dearest piece still costs."""
        if bill.base(self.lines) < self.threshold:
            return None
        off, line = self._off(bill)
        return Effect({line: off}, {line: min(1, bill.free[line])}) if off > 0 else None

    def missing(self, bill: Bill) -> Missing | None:
        """What is short of the threshold, or a piece when there is none."""
        if not any(bill.items[line].pieces for line in self.lines):
            return Missing(pieces=1)
        short, (off, _line) = self.threshold - bill.base(self.lines), self._off(bill)
        return Missing(cents=short, gain=off) if short > 0 and off > 0 else None

    def _off(self, bill: Bill) -> tuple[int, int]:
        """What comes off, and of which line: the first of those whose pieces cost most."""
        items, left = bill.items, bill.left
        dearest = min(
            ((-(left[line] // items[line].pieces), line) for line in self.lines if items[line].pieces), default=None
        )
        if dearest is None:
            return 0, 0
        off = -dearest[0] - self.price
        return (off if self.most is None else min(off, self.most)), dearest[1]


@dataclass(frozen=True, kw_only=True)
class NthItem(Deal):
    """Of every ``count`` pieces the cheapest costs ``paid`` percent; ``same_item``: the pieces must be of one SKU.

    Pieces are put in order of price, dearest first, and counted off. ``most`` limits how often: the best rounds count.
    """

    count: int
    paid: Decimal
    same_item: bool = True
    most: int | None = None
    turn: Turn = Turn.NTH_ITEM

    def effect(self, bill: Bill) -> Effect | None:
        """What comes off every nth piece; all pieces counted off are used up."""
        rounds = [(self._less(bill, pieces), pieces) for pieces in self._rounds(bill)]
        rounds = sorted((one for one in rounds if one[0] > 0), key=lambda one: (-one[0], one[1]))[: self.most]
        if not rounds:
            return None
        off: dict[int, int] = defaultdict(int)
        used: Counter[int] = Counter()
        for less, pieces in rounds:
            off[pieces[-1]] += less
            used.update(pieces)
        left = bill.left
        return Effect({line: min(less, left[line]) for line, less in off.items()}, used, facts={"times": len(rounds)})

    def missing(self, bill: Bill) -> Missing | None:
        """The fewest pieces with which one more would be cheaper."""
        if self.most is not None and sum(1 for _round in self._rounds(bill)) >= self.most:
            return None
        short = [(self.count - len(row) % self.count, row[-1]) for row in self._rows(bill) if len(row) % self.count]
        if not short:
            return None
        pieces, line = min(short, key=lambda pair: (pair[0], -bill.items[pair[1]].price))
        gain = percent_off(bill.items[line].price, self.paid)
        return Missing(pieces=pieces, gain=gain) if gain > 0 else None

    def _rounds(self, bill: Bill) -> Iterable[list[int]]:
        for row in self._rows(bill):
            for start in range(0, len(row) - self.count + 1, self.count):
                yield row[start : start + self.count]

    def _rows(self, bill: Bill) -> list[list[int]]:
        pieces = pieces_of(bill, self.lines)
        if not self.same_item:
            return [pieces]
        rows: dict[str, list[int]] = defaultdict(list)
        for line in pieces:
            rows[bill.items[line].sku].append(line)
        return list(rows.values())

    def _less(self, bill: Bill, pieces: list[int]) -> int:
        return percent_off(bill.items[pieces[-1]].price, self.paid)
