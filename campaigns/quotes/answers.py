"""What a quote answers: totals, what fell on which line, what applied and what did not, what more would bring."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from campaigns.pricing.bill import Gift
from campaigns.pricing.deals import Family
from campaigns.quotes.cart import CartLine
from coupons.kinds.words import plain


@dataclass(frozen=True)
class Named:
    """A promotion, benefit or coupon in an answer: what partners and people call it, and what it gives in one phrase.

    The phrase is made when somebody reads it.
    """

    key: str
    id: str
    family: Family
    kind: str
    name: str
    say: Callable[[], str] = field(compare=False, repr=False)

    @cached_property
    def text(self) -> str:
        """What it gives: 满200减30."""
        return self.say()


HERE = "\0"  # in the words about a deal: what differs from line to line, so that they are translated once for a deal


@dataclass(slots=True)
class Share:
    """The part of a deal that falls on a line: yuan off, the pieces it took up, and both in words."""

    offer: Named
    off: Decimal
    pieces: int
    said: str

    @property
    def sentence(self) -> str:
        """The words, with what falls on this line."""
        return self.said.replace(HERE, plain(self.off))


@dataclass(frozen=True)
class QuotedLine:
    """A line of the cart with what comes off it. ``off`` and ``to_pay`` add up to ``amount``; in yuan."""

    line: CartLine
    name: str
    amount: Decimal
    off: Decimal
    to_pay: Decimal
    shares: Sequence[Share]


@dataclass(frozen=True)
class Applied:
    """A deal that was taken: yuan off goods and delivery, gifts; ``base`` was left to pay of its lines before it."""

    offer: Named
    base: Decimal
    off: Decimal
    delivery_off: Decimal
    gifts: Sequence[Gift]
    sentence: str


@dataclass(frozen=True)
class NotApplied:
    """A deal that was not taken: why, as a code and in a sentence that a cashier can read aloud."""

    offer: Named
    code: str
    sentence: str
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NextStep:
    """What is missing for more: ``short`` yuan or ``pieces`` on the lines of the offer; then ``gain`` yuan more off."""

    offer: Named
    short: Decimal
    pieces: int
    gain: Decimal
    sentence: str


@dataclass(frozen=True)
class Quote:
    """The whole answer; in yuan. ``growth`` and ``points`` are what paying it at ``at`` would earn the member."""

    at: datetime
    lines: Sequence[QuotedLine]
    list_total: Decimal
    off: Decimal
    delivery: Decimal
    delivery_off: Decimal
    to_pay: Decimal
    applied: Sequence[Applied]
    not_applied: Sequence[NotApplied]
    next_steps: Sequence[NextStep]
    growth: int
    points: int

    @property
    def gifts(self) -> list[Gift]:
        """All that is handed over."""
        return [gift for one in self.applied for gift in one.gifts]
