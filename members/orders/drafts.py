"""What callers hand in and get back: drafts of orders and returns, and what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from members.models import LineKind

Identity = tuple[str, str]


@dataclass(frozen=True)
class LineDraft:
    """One line. ``amount`` is what was paid for it in yuan; None means quantity x unit price, rounded half up."""

    sku: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal | None = None
    name: str = ""
    category: str = ""


@dataclass(frozen=True)
class OrderDraft:
    """A sale as a till reports it. ``total``, when given, must be the sum of the lines.

    The member is named by ``member_id`` or ``identity`` (kind, value), or is nobody (an anonymous sale).
    """

    channel: str
    order_no: str
    paid_at: datetime
    store_code: str
    lines: Sequence[LineDraft]
    identity: Identity | None = None
    member_id: int | None = None
    guide_no: str = ""
    coupon_codes: Sequence[str] = ()
    share_code: str = ""
    revision: int = 0
    total: Decimal | None = None

    kind = LineKind.SALE

    @property
    def number(self) -> str:
        """The number it is known by."""
        return self.order_no

    @property
    def moment(self) -> datetime:
        """When it was paid."""
        return self.paid_at


@dataclass(frozen=True)
class ReturnDraft:
    """Goods or money that came back. ``sale_no`` is empty without a receipt, ``lines`` where only money is."""

    channel: str
    return_no: str
    returned_at: datetime
    store_code: str
    sale_no: str = ""
    lines: Sequence[LineDraft] = ()
    amount: Decimal | None = None
    identity: Identity | None = None
    member_id: int | None = None

    kind = LineKind.RETURN
    guide_no = ""
    coupon_codes = ()
    share_code = ""
    revision = 0

    @property
    def number(self) -> str:
        """The number it is known by."""
        return self.return_no

    @property
    def moment(self) -> datetime:
        """When the goods came back."""
        return self.returned_at

    @property
    def total(self) -> Decimal | None:
        """What the lines must add up to."""
        return self.amount


Draft = OrderDraft | ReturnDraft


@dataclass(frozen=True)
class Outcome:
    """What became of a draft: ``created``, ``unchanged``, ``updated``, ``refused`` (``code``, ``sentence``)."""

    status: str
    code: str = ""
    sentence: Any = ""
    order_id: int | None = None
    return_id: int | None = None
    member_id: int | None = None


RecordedOrder = Outcome
RecordedReturn = Outcome

Key = tuple[str, str, str]


@dataclass(frozen=True)
class MergeResult:
    """What one chunk of a stage came to. ``last_key`` continues it; ``finished`` when nothing is left.

    ``rejected`` maps (channel, number, kind) of each refused order to its code; ``per_order`` has the status of every
    order of the chunk, or the code of a refused one, when it was asked for.
    """

    orders_new: int = 0
    orders_same: int = 0
    orders_changed: int = 0
    returns_new: int = 0
    returns_same: int = 0
    members_new: int = 0
    rejected: dict[Key, str] = field(default_factory=dict)
    last_key: str = ""
    finished: bool = True
    per_order: dict[Key, str] = field(default_factory=dict)
