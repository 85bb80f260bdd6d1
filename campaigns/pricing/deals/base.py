"""What every deal is: something that can be taken off a bill, in its turn and beside some others but not all."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any

from campaigns.pricing.bill import Bill, Effect


class Turn(IntEnum):
    """Which deals are taken off first: prices of items, then the tier's percentage, full reductions, coupons."""

    PRICE = 10
    BUNDLE = 20
    NTH_ITEM = 30
    PERCENTAGE = 40
    FULL_REDUCTION = 50
    GIFT = 60
    COUPON = 70
    DELIVERY = 80


class Family(StrEnum):
    """Whom a deal comes from; what may stand beside what is said by family."""

    PROMOTION = "promotion"
    BENEFIT = "benefit"
    COUPON = "coupon"


@dataclass(frozen=True, slots=True)
class Missing:
    """What the next step needs: ``cents`` more on its lines or ``pieces`` more. Then ``gain`` cents more come off, or a
    gift is added (0)."""

    cents: int = 0
    pieces: int = 0
    gain: int = 0


@dataclass(frozen=True, kw_only=True)
class Deal(ABC):
    """One promotion, benefit or coupon, narrowed to the ``lines`` of a bill that it is about, in ascending order.

    ``beside`` are the families it tolerates on the same bill; of the deals that share a word in ``groups`` only one
    may be taken. ``place`` orders the deals of one turn, ``key`` those of one place.
    """

    key: str
    family: Family
    lines: tuple[int, ...]
    beside: frozenset[Family] = frozenset(Family)
    groups: frozenset[str] = frozenset()
    place: tuple[int, ...] = ()
    turn: Turn = Turn.COUPON

    @abstractmethod
    def effect(self, bill: Bill) -> Effect | None:
        """What it would do to this bill; None when it does not apply. Never more when the bill is smaller."""

    def missing(self, bill: Bill) -> Missing | None:
        """What more it would need to do more; None when there is no next step."""
        return None

    def clashes(self, other: "Deal") -> bool:
        """Whether the two may not be taken together."""
        if other.family not in self.beside or self.family not in other.beside:
            return True
        return not self.groups.isdisjoint(other.groups)

    @cached_property
    def order(self) -> tuple[Any, ...]:
        """Where it stands among all deals of a bill."""
        return self.turn, self.place, self.key

    def is_twin_of(self, other: "Deal") -> bool:
        """Whether it is the same deal once more, as two coupons of one template are."""
        if type(self) is not type(other):
            return False
        names = [one.name for one in fields(self) if one.name not in ("key", "place")]
        return all(getattr(self, name) == getattr(other, name) for name in names)
