"""What every kind of coupon answers. One module per kind; the registry is in ``coupons.kinds``."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol

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


class Kind(Protocol):
    """One kind of coupon. Money in yuan with two places."""

    discount_sql: str
    """The discount as SQL over ``terms`` and ``bill.amount``, for sets of receipts; rounds as ``discount`` does."""

    cost_sql: str
    """The cost of a redemption that took ``{off}`` from the bill, as SQL over ``terms``; twin of ``cost``."""

    def problems(self, terms: Terms) -> list[Problem]:
        """What contradicts itself in the part of the terms that this kind owns: (field, sentence)."""
        ...

    def discount(self, terms: Terms, amount: Decimal) -> Decimal:
        """What comes off a bill whose qualifying lines add up to ``amount``."""
        ...

    def cost(self, terms: Terms, discount: Decimal) -> Decimal:
        """What a redemption with this discount costs the budget."""
        ...

    def face_value(self, terms: Terms) -> Decimal:
        """The most that one coupon can cost."""
        ...

    def face_text(self, terms: Terms) -> str:
        """The large print on the coupon: ¥10."""
        ...

    def condition_text(self, terms: Terms) -> str:
        """The small print below it: from ¥60."""
        ...

    def offer_text(self, terms: Terms) -> str:
        """Both in one phrase, as people say it: ¥10 off ¥60."""
        ...
