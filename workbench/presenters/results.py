"""Figures of work as pages show them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from campaigns import results
from campaigns.guidetasks import Progress
from campaigns.models import Attribution
from campaigns.results import GuideRow, Results
from stores.models import Staff
from workbench.presenters.links import address


@dataclass(frozen=True)
class DayProgress:
    """How a day is going."""

    done: int
    total: int
    offers_sent: int
    coupons_used: int
    sales: Decimal


@dataclass(frozen=True)
class Totals:
    """Figures of a period. ``used_share`` in per cent of those sent, None when nothing was."""

    tasks_done: int
    tasks: int
    reached: int
    sent: int
    used: int
    used_share: int | None
    sales: Decimal


@dataclass(frozen=True)
class BoardRow:
    """One guide of the board."""

    pk: int
    name: str
    members: int
    new_members: int
    leaves_on: date | None
    tasks_done: int
    tasks: int
    reached: int
    sent: int
    used: int
    sales: Decimal
    url: str


@dataclass(frozen=True)
class Recent:
    """The last offers of somebody: how many, how many were used, the sales they brought."""

    sent: int
    used: int
    sales: Decimal


def of_day(going: Progress) -> DayProgress:
    """How the day is going."""
    return DayProgress(going.done, going.total, going.sent, going.redeemed, going.sales)


def totals(found: Results) -> Totals:
    """The figures of a period."""
    rate = found.redemption_rate
    share = None if rate is None else round(rate * 100)
    return Totals(found.tasks_done, found.tasks_total, found.reached, found.sent, found.redeemed, share, found.sales)


def board(rows: list[GuideRow]) -> list[BoardRow]:
    """The guides of a store, as the domain orders them: by name."""
    return [
        BoardRow(
            row.guide.pk,
            row.guide.name,
            row.members,
            row.new_members,
            row.guide.left_on,
            row.tasks_done,
            row.tasks_total,
            row.reached,
            row.sent,
            row.redeemed,
            row.sales,
            address("members", query={"guide": row.guide.pk}),
        )
        for row in rows
    ]


def recent(guide: Staff) -> Recent:
    """The last ten coupons somebody sent."""
    return Recent(*results.last_offers(guide))


def by_kind(found: dict[str, tuple[int, Decimal]]) -> dict[str, tuple[int, Decimal]]:
    """Orders and sales with a coupon of the guide (``direct``) and after a message (``followed``)."""
    nothing = (0, Decimal(0))
    return {
        "direct": found.get(Attribution.Kind.DIRECT, nothing),
        "followed": found.get(Attribution.Kind.LAST_TOUCH, nothing),
    }
