"""Facts: counts, sums, habits, scores and the lifecycle stage of a member, from their sales."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import median

from tests.members.oracle.days import day_of, midnight
from tests.members.oracle.records import Programme
from tests.members.oracle.tiers import Kept

YEAR = 365


@dataclass(frozen=True)
class Facts:
    """What the sales of a member say. Money is net of what came back."""

    orders: int = 0
    spend: Decimal = Decimal(0)
    first_order_at: datetime | None = None
    last_order_at: datetime | None = None
    orders_365d: int = 0
    spend_365d: Decimal = Decimal(0)
    average_basket: Decimal | None = None
    usual_gap_days: int | None = None
    favourite_store: str | None = None
    favourite_category: str | None = None
    recency_score: int | None = None
    frequency_score: int | None = None
    money_score: int | None = None


def facts(programme: Programme, kept: Kept, today: date) -> Facts:
    """The facts on a business day. A sale counts as one although all of it came back."""
    if not kept:
        return Facts()
    window = midnight(today - timedelta(days=YEAR - 1))
    recent = [left for sale, left in kept if sale.paid_at >= window]
    spend, moments = sum(left for _sale, left in kept), sorted(sale.paid_at for sale, _left in kept)
    silent = (today - day_of(moments[-1])).days
    return Facts(
        orders=len(kept),
        spend=spend,
        first_order_at=moments[0],
        last_order_at=moments[-1],
        orders_365d=len(recent),
        spend_365d=sum(recent, Decimal(0)),
        average_basket=(spend / len(kept)).quantize(Decimal("0.01"), ROUND_HALF_UP),
        usual_gap_days=_usual_gap(moments),
        favourite_store=_favourite_store(programme, kept),
        favourite_category=_favourite_category(programme, kept),
        recency_score=1 + sum(silent < days for days in programme.recency_days),
        frequency_score=min(len(kept), 4),
        money_score=1 + sum(spend > cut for cut in _money_cuts(programme, today)),
    )


def stage(programme: Programme, known: Facts, today: date) -> str:
    """The lifecycle stage: the first test that fits decides."""
    if not known.orders:
        return "introduction"
    silent = (today - day_of(known.last_order_at)).days
    if silent > programme.lost_after:
        return "lost"
    if known.orders_365d < programme.regular_orders:
        return "growing"
    return "declining" if silent > programme.declining_after else "mature"


def _money_cuts(programme: Programme, today: date) -> Sequence[Decimal]:
    """The cut points of the month, or of the last month before that has some."""
    frozen = [cuts for month, cuts in programme.monthly_cuts if month <= today]
    return frozen[-1] if frozen else programme.money_cuts


def _usual_gap(moments: Sequence[datetime]) -> int | None:
    """The median of the days between one order and the next; three orders at least."""
    if len(moments) < 3:
        return None
    gaps = [
        Fraction((after - before) // timedelta(microseconds=1), 86_400_000_000)
        for before, after in zip(moments, moments[1:], strict=False)
    ]
    return int(median(gaps) + Fraction(1, 2))


def _favourite_store(programme: Programme, kept: Kept) -> str:
    """Where most visits went; then the latest one; then the store opened first."""
    visits = Counter(sale.store for sale, _left in kept)
    latest = {store: max(sale.paid_at for sale, _left in kept if sale.store == store) for store in visits}
    return max(visits, key=lambda store: (visits[store], latest[store], -list(programme.zones).index(store)))


def _favourite_category(programme: Programme, kept: Kept) -> str | None:
    """What most money was spent on, whether or not it came back; then the category known first."""
    spent: Counter[str] = Counter()
    for sale, _left in kept:
        for category, amount in sale.lines:
            spent[category] += amount
    return max(spent, key=lambda category: (spent[category], -programme.categories.index(category)))
