"""The bill a deal works on: lines in one fixed order, what is left to pay on each, and pieces not yet in any deal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

CENT = Decimal("0.01")
NONE: Mapping[int, int] = {}
NONE_SAID: Mapping[str, int] = {}


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

    __slots__ = ("_bill", "_lines", "_off", "delivery_off", "facts", "gift_value", "gifts", "pieces", "total")

    def __init__(
        self,
        off: Mapping[int, int] = NONE,
        pieces: Mapping[int, int] = NONE,
        *,
        gifts: tuple[Gift, ...] = (),
        delivery_off: int = 0,
        facts: Mapping[str, int] = NONE_SAID,
    ) -> None:
        self._off, self.pieces = off, pieces
        self._lines: tuple[int, ...] = ()
        self._bill: Bill | None = None
        self.gifts, self.delivery_off, self.facts = gifts, delivery_off, facts
        self.total = sum(off.values()) + delivery_off
        self.gift_value = sum([max(gift.value, 1) * gift.quantity for gift in gifts]) if gifts else 0

    @classmethod
    def shared(cls, total: int, lines: tuple[int, ...], bill: "Bill", facts: Mapping[str, int]) -> "Effect":
        """``total`` cents off in proportion to what is left of each line; divided only when somebody asks for it,
        since most effects of a search are never needed line by line."""
        effect = cls(facts=facts)
        effect.total, effect._lines, effect._bill = total, lines, bill
        return effect

    @property
    def off(self) -> Mapping[int, int]:
        """Cents off by line."""
        if self._bill is not None:
            parts = portions(self.total, self._weights(self._bill))
            self._off = {line: part for line, part in zip(self._lines, parts, strict=True) if part}
            self._bill = None
        return self._off

    def take_off(self, left: list[int]) -> list[int]:
        """What is left to pay on each line, after it."""
        after = left.copy()
        if self._bill is None:
            for line, part in self._off.items():
                after[line] -= part
        else:
            for line, part in zip(self._lines, portions(self.total, self._weights(self._bill)), strict=True):
                after[line] -= part
        return after

    def _weights(self, bill: "Bill") -> list[int]:
        left = bill.left
        return [left[line] for line in self._lines]


class Bill:
    """A cart with some deals already taken off. Lines are known by their place in ``items``.

    ``goods`` is what is left to pay in all but for the ``delivery``, ``free`` the pieces of each line that no deal has
    used. ``left``, what is left of each line, is worked out when somebody asks: deals on everything never do.
    """

    __slots__ = ("_before", "_effect", "_left", "delivery", "free", "goods", "items")

    def __init__(self, items: Sequence[Item], left: list[int], free: list[int], delivery: int = 0) -> None:
        self.items, self.free, self.delivery = items, free, delivery
        self.goods = sum(left)
        self._left: list[int] | None = left
        self._before: Bill | None = None
        self._effect: Effect | None = None

    @classmethod
    def of(cls, items: Iterable[Item], delivery: int = 0) -> "Bill":
        """A fresh bill. Lines get an order of their own, so that it does not matter in which the cart names them."""
        ordered = sorted(items, key=lambda item: (item.sku, -item.price, -item.amount, item.line))
        return cls(ordered, [item.amount for item in ordered], [item.pieces for item in ordered], delivery)

    @property
    def left(self) -> list[int]:
        """What is left to pay of each line."""
        if self._left is None:
            if self._before is None or self._effect is None:
                raise ValueError("a bill knows its lines or what came before")
            self._left = self._effect.take_off(self._before.left)
        return self._left

    def base(self, lines: Sequence[int]) -> int:
        """What is left to pay on these lines."""
        if len(lines) == len(self.items):
            return self.goods
        left = self.left
        return sum([left[line] for line in lines])

    @property
    def to_pay(self) -> int:
        """What is left to pay in all, delivery included."""
        return self.goods + self.delivery

    def after(self, effect: Effect) -> "Bill":
        """The bill once a deal has had its effect."""
        after = Bill.__new__(Bill)
        after.items, after.free = self.items, self.free
        after.goods = self.goods - effect.total + effect.delivery_off
        after.delivery = self.delivery - effect.delivery_off
        after._left, after._before, after._effect = None, self, effect
        if effect.pieces:
            after.free = self.free.copy()
            for line, pieces in effect.pieces.items():
                after.free[line] -= pieces
        return after


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
