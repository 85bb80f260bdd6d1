"""The bill a deal works on: lines in one fixed order, what is left to pay on each, and pieces not yet in any deal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

CENT = Decimal("0.01")
NONE: Mapping[int, int] = {}
NONE_SAID: Mapping[str, int] = {}
NOTHING: tuple[tuple[int, ...], Sequence[int]] = ((), ())


def cents(amount: Decimal) -> int:
    """Yuan as whole cents, rounded half up."""
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))


@lru_cache(maxsize=65_536)
def yuan(amount: int) -> Decimal:
    """Cents as yuan with two places."""
    return Decimal(amount).scaleb(-2).quantize(CENT)


def percent_off(amount: int, paid: Decimal) -> int:
    """What comes off ``amount`` cents when ``paid`` percent (at most two places) are still paid, rounded half up."""
    return (amount * (10_000 - int(paid * 100)) + 5_000) // 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a cart. ``price`` is what one piece costs and ``amount`` what the line costs at list price, in cents.

    Goods by weight have ``pieces`` 0 and the price of one unit of weight: they count for amounts, not as second item.
    """

    line: str
    sku: str
    category_id: int | None
    pieces: int
    price: int
    amount: int


@dataclass(frozen=True, slots=True)
class Gift:
    """Something handed over with the purchase; ``value`` in cents."""

    name: str
    quantity: int
    value: int
    sku: str = ""


class Effect:
    """What a deal does to a bill: cents off per line, pieces it uses up, gifts, cents off the delivery.

    ``total`` is all that comes off in cents, ``gift_value`` what the gifts are worth (each one cent at least).
    ``facts`` are the numbers its explanation needs: the base it looked at, the step it reached, and so on.
    """

    __slots__ = ("_off", "_weights", "delivery_off", "facts", "gift_value", "gifts", "pieces", "total")

    def __init__(
        self,
        off: Mapping[int, int] = NONE,
        pieces: Mapping[int, int] = NONE,
        *,
        gifts: tuple[Gift, ...] = (),
        delivery_off: int = 0,
        facts: Mapping[str, int] = NONE_SAID,
    ) -> None:
        self._off, self._weights, self.pieces = off, NOTHING, pieces
        self.gifts, self.delivery_off, self.facts = gifts, delivery_off, facts
        self.total = sum(off.values()) + delivery_off
        self.gift_value = sum([max(gift.value, 1) * gift.quantity for gift in gifts]) if gifts else 0

    @classmethod
    def shared(cls, total: int, lines: tuple[int, ...], bill: "Bill", facts: Mapping[str, int]) -> "Effect":
        """``total`` cents off in proportion to what is left of each line; divided only when somebody asks for it,
        since most effects of a search are never needed line by line."""
        effect = cls(facts=facts)
        effect.total, effect._weights = total, (lines, bill.left)
        return effect

    @property
    def off(self) -> Mapping[int, int]:
        """Cents off by line."""
        lines, left = self._weights
        if lines:
            parts = portions(self.total, [left[line] for line in lines])
            self._off = {line: part for line, part in zip(lines, parts, strict=True) if part}
            self._weights = NOTHING
        return self._off

    def take_off(self, left: list[int]) -> list[int]:
        """What is left to pay on each line, after it."""
        lines, weights = self._weights
        after = left.copy()
        if lines:
            for line, part in zip(lines, portions(self.total, [weights[line] for line in lines]), strict=True):
                after[line] -= part
        else:
            for line, part in self._off.items():
                after[line] -= part
        return after


@dataclass(slots=True)
class Bill:
    """A cart with some deals already taken off. Lines are known by their place in ``items``."""

    items: Sequence[Item]
    left: list[int]
    free: list[int]
    delivery: int = 0

    @classmethod
    def of(cls, items: Iterable[Item], delivery: int = 0) -> "Bill":
        """A fresh bill. Lines get an order of their own, so that it does not matter in which the cart names them."""
        ordered = sorted(items, key=lambda item: (item.sku, -item.price, -item.amount, item.line))
        return cls(ordered, [item.amount for item in ordered], [item.pieces for item in ordered], delivery)

    def base(self, lines: Iterable[int]) -> int:
        """What is left to pay on these lines."""
        left = self.left
        return sum([left[line] for line in lines])

    @property
    def to_pay(self) -> int:
        """What is left to pay in all, delivery included."""
        return sum(self.left) + self.delivery

    def after(self, effect: Effect) -> "Bill":
        """The bill once a deal has had its effect."""
        free = self.free
        if effect.pieces:
            free = free.copy()
            for line, pieces in effect.pieces.items():
                free[line] -= pieces
        left = effect.take_off(self.left) if effect.total else self.left
        return Bill(self.items, left, free, self.delivery - effect.delivery_off)


def share_out(total: int, weights: Mapping[int, int]) -> dict[int, int]:
    """Divide ``total`` cents among lines in proportion to ``weights`` by the largest remainder (Hamilton's method).

    The parts always add up to ``total``; none exceeds its weight when ``total`` does not exceed their sum. Equal
    remainders go to the earlier line. Lines without a part are left out.
    """
    lines = sorted(weights)
    parts = portions(total, [weights[line] for line in lines])
    return {line: part for line, part in zip(lines, parts, strict=True) if part}


def portions(total: int, weights: Sequence[int]) -> list[int]:
    """The parts of ``total`` in proportion to ``weights``, as ``share_out`` divides it."""
    whole, count = sum(weights), len(weights)
    if not total or not whole:
        return [0] * count
    parts, remainders, later = [], [], count
    for weight in weights:  # the search lives on this loop: remainder and place go into one number, to be sorted fast
        part, remainder = divmod(total * weight, whole)
        later -= 1
        parts.append(part)
        remainders.append(remainder * count + later)
    over = total - sum(parts)
    if over:
        remainders.sort(reverse=True)
        for number in remainders[:over]:
            parts[count - 1 - number % count] += 1
    return parts
