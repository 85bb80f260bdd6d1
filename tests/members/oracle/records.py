"""What the oracle is told: the programme of the house, and what happened to a few members."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

Line = tuple[str, Decimal]  # a category, and what was paid for it


@dataclass(frozen=True)
class Sale:
    """A receipt, or a later revision of it. Members are numbered from 0 within their history; None is nobody."""

    number: str
    paid_at: datetime
    store: str
    member: int | None
    lines: tuple[Line, ...]
    revision: int = 0
    channel: str = "pos"

    @property
    def at(self) -> datetime:
        """When it was paid."""
        return self.paid_at

    @property
    def amount(self) -> Decimal:
        """What was paid for it."""
        return sum((amount for _category, amount in self.lines), Decimal(0))


@dataclass(frozen=True)
class Return:
    """What came back; ``sale_no`` is empty without a receipt."""

    number: str
    returned_at: datetime
    store: str
    member: int | None
    amount: Decimal
    sale_no: str = ""
    channel: str = "pos"

    @property
    def at(self) -> datetime:
        """When it came back."""
        return self.returned_at


@dataclass(frozen=True)
class Correction:
    """Growth or points given or taken by hand."""

    ledger: str  # growth or points
    member: int
    at: datetime
    delta: int


@dataclass(frozen=True)
class Spend:
    """Points that a member spent; ``back`` of them were given back later."""

    reference: str
    member: int
    at: datetime
    amount: int
    back: int = 0


@dataclass(frozen=True)
class Grant:
    """A tier given by hand from ``starts_on`` until and with ``ends_on``, unless taken back on a day before."""

    member: int
    tier: str
    starts_on: date
    ends_on: date
    revoked_on: date | None = None


Event = Sale | Return | Correction | Spend | Grant


@dataclass(frozen=True)
class History:
    """Some members, by the store that each is at home in (or none), and all that happened to them."""

    homes: tuple[str | None, ...]
    events: tuple[Event, ...]


class Multiplier(NamedTuple):
    """During [starts_at, ends_at) orders earn so many times as much; empty scopes mean everywhere and everybody."""

    starts_at: datetime
    ends_at: datetime
    growth: Decimal
    points: Decimal
    stores: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()


@dataclass(frozen=True)
class TierVersion:
    """The rules of tiers from a business day on (None: from the beginning). ``thresholds`` by tier, lowest first."""

    thresholds: tuple[tuple[str, int], ...]
    effective_from: date | None = None
    window_days: int = 365
    review_days: int = 365
    notice_days: int = 30
    grace_days: int = 30
    at_once: bool = False

    def best(self, growth: int) -> str:
        """The highest tier that so much growth value earns."""
        return [tier for tier, least in self.thresholds if least <= max(growth, 0)][-1]

    def needs(self, tier: str) -> int:
        """The growth value a tier needs."""
        return dict(self.thresholds)[tier]

    def rank(self, tier: str) -> int:
        """How high a tier stands, from 0."""
        return [code for code, _least in self.thresholds].index(tier)


@dataclass(frozen=True)
class Programme:
    """All that headquarters decide, and the moment everything is looked at."""

    as_of: datetime
    zones: dict[str, str]  # of the stores, in the order in which they were opened
    versions: tuple[TierVersion, ...]  # the first holds from the beginning
    categories: tuple[str, ...] = ("葡萄", "樱桃", "苹果")
    growth_per_yuan: Decimal = Decimal(1)
    points_per_yuan: Decimal = Decimal(1)
    multipliers: tuple[Multiplier, ...] = ()
    benefits: dict[str, Decimal] = field(default_factory=dict)  # points multiplier of a tier
    points_months: int = 12
    frozen_days: int = 7
    recency_days: tuple[int, ...] = (30, 60, 120, 240)
    money_cuts: tuple[Decimal, ...] = (Decimal(100), Decimal(300), Decimal(800), Decimal(2000))
    monthly_cuts: tuple[tuple[date, tuple[Decimal, ...]], ...] = ()  # from a month on, oldest first
    regular_orders: int = 4
    lost_after: int = 365
    declining_after: int = 60
