"""What every kind of coupon answers, and what of a bill it looks at. One module per kind, all in ``coupons.kinds``."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_DOWN, Decimal
from functools import cached_property
from typing import Any, Protocol

from coupons.errors import CouponRefused

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


class Terms(Protocol):
    """What kinds read: a row of CouponTerms, or a draft that is not saved yet."""

    @property
    def kind(self) -> str:
        """Which kind it is."""
        ...

    @property
    def threshold(self) -> Decimal:
        """From which bill it works."""
        ...

    @property
    def amount_off(self) -> Decimal | None:
        """What comes off."""
        ...

    @property
    def percent(self) -> Decimal | None:
        """What is still paid, in percent."""
        ...

    @property
    def cap(self) -> Decimal | None:
        """The most that comes off."""
        ...

    @property
    def fixed_price(self) -> Decimal | None:
        """What one piece costs with it."""
        ...

    @property
    def skus(self) -> Sequence[str]:
        """The products it is for; with no categories either, everything."""
        ...

    @property
    def category_ids(self) -> Sequence[int]:
        """The categories it is for."""
        ...

    @property
    def gift_name(self) -> str:
        """What is given."""
        ...

    @property
    def gift_value(self) -> Decimal | None:
        """What the gift is worth."""
        ...

    @property
    def valid_from(self) -> date | datetime | None:
        """The first moment, or day."""
        ...

    @property
    def valid_until(self) -> date | datetime | None:
        """The end: an exclusive moment, or the last day."""
        ...

    @property
    def start_after_days(self) -> int:
        """Days from the issue to the first day."""
        ...

    @property
    def valid_days(self) -> int | None:
        """How many business days it lasts."""
        ...

    @property
    def weekdays(self) -> Sequence[int]:
        """ISO weekdays; empty for all."""
        ...

    @property
    def hour_from(self) -> time | None:
        """From which hour of the day."""
        ...

    @property
    def hour_until(self) -> time | None:
        """Until which hour of the day."""
        ...


Problem = tuple[str, Any]  # field, sentence


@dataclass(frozen=True)
class Goods:
    """A qualifying line of a receipt: what is to be paid for it in yuan, and how many it is, or how much by weight."""

    amount: Decimal
    quantity: Decimal = Decimal(1)

    @property
    def piece(self) -> Decimal | None:
        """What one piece costs, rounded down to the cent; None for goods by weight."""
        if self.quantity < 1 or self.quantity != self.quantity.to_integral_value():
            return None
        return (self.amount / self.quantity).quantize(CENT, ROUND_DOWN)


@dataclass(frozen=True)
class Basis:
    """What a coupon is reckoned from: the qualifying part of a bill, its lines, and the delivery fee; in yuan.

    ``goods`` is empty and ``delivery`` None when nobody said.
    """

    amount: Decimal
    goods: Sequence[Goods] = ()
    delivery: Decimal | None = None

    @cached_property
    def piece(self) -> Decimal | None:
        """What the dearest piece costs; None when there is none."""
        return max((line.piece for line in self.goods if line.piece is not None), default=None)


class Kind(ABC):
    """One kind of coupon. Money in yuan with two places. What most have in common is answered here."""

    fields: Sequence[str] = ()
    """The fields of the terms that belong to this kind; an editor shows these beside what all kinds have."""

    discount_sql = "0.00"
    """The discount as SQL over ``terms`` and ``bill`` (amount, piece, delivery: those of Basis), for sets of receipts;
    rounds as ``discount`` does."""

    cost_sql = "coalesce({off}, 0)"
    """The cost of a redemption that took ``{off}`` from the bill, as SQL over ``terms``; twin of ``cost``."""

    @abstractmethod
    def problems(self, terms: Terms) -> list[Problem]:
        """What contradicts itself in the part of the terms that this kind owns: (field, sentence)."""

    @abstractmethod
    def discount(self, terms: Terms, basis: Basis) -> Decimal:
        """What comes off the bill."""

    @abstractmethod
    def face_value(self, terms: Terms) -> Decimal:
        """The most that one coupon can cost."""

    @abstractmethod
    def face_text(self, terms: Terms) -> str:
        """The large print on the coupon: ¥10."""

    @abstractmethod
    def condition_text(self, terms: Terms) -> str:
        """The small print below it: from ¥60."""

    @abstractmethod
    def offer_text(self, terms: Terms) -> str:
        """Both in one phrase, as people say it: ¥10 off ¥60."""

    def cost(self, terms: Terms, discount: Decimal) -> Decimal:
        """What a redemption with this discount costs the budget: what comes off."""
        return discount

    def refusal(self, terms: Terms, basis: Basis) -> CouponRefused | None:
        """Why it gives nothing on a bill that its scope and threshold allow; None when it does."""
        return None

    def bearers(self, terms: Terms, goods: Sequence[Goods]) -> Sequence[int]:
        """Which of the qualifying lines, by position, the discount is spread over: all of them."""
        return range(len(goods))
