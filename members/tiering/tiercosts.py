"""What the benefits of the tiers cost in a year: an estimate for comparing rules, not a budget.

For the members of a tier: a percentage off costs that part of what they spent in 365 days; a points multiplier the
points beyond the plain ones, at the value of a point*; gifts, tastings, free deliveries and member-day extras their
quota of a year (without a quota one per order), as if everything were fetched, at the cost of one*. An upgrade gift
is paid once, for those who move up. A dedicated guide costs nothing extra.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext_lazy as _

from members.ledgers.earning import POINTS_RATE
from members.models import Benefit, BenefitKind, Period
from stores.policy import Policy, define

POINT_VALUE = define(
    "points.value_yuan", 0.01, _("What a point is worth in yuan, for estimates"), minimum=0, maximum=10
)
ONE_COSTS: dict[str, Policy] = {
    BenefitKind.BIRTHDAY_GIFT: define(
        "benefits.birthday_gift_yuan", 20.0, _("What a birthday gift costs in yuan, for estimates"), minimum=0
    ),
    BenefitKind.UPGRADE_GIFT: define(
        "benefits.upgrade_gift_yuan", 20.0, _("What an upgrade gift costs in yuan, for estimates"), minimum=0
    ),
    BenefitKind.TASTING: define(
        "benefits.tasting_yuan", 5.0, _("What a tasting costs in yuan, for estimates"), minimum=0
    ),
    BenefitKind.FREE_SHIPPING: define(
        "benefits.free_shipping_yuan", 8.0, _("What a free delivery costs in yuan, for estimates"), minimum=0
    ),
    BenefitKind.MEMBER_DAY_EXTRA: define(
        "benefits.member_day_extra_yuan", 10.0, _("What a member-day extra costs in yuan, for estimates"), minimum=0
    ),
}
CENT = Decimal("0.01")


@dataclass
class Crowd:
    """Members taken together: how many, what they spent and how often they bought in 365 days."""

    members: int = 0
    spend: Decimal = Decimal(0)
    orders: int = 0

    def add(self, members: int, spend: Decimal, orders: int) -> None:
        """Let some more come."""
        self.members += members
        self.spend += spend
        self.orders += orders


@dataclass(frozen=True)
class Cost:
    """What one benefit of a tier costs in a year, in yuan, before and after."""

    tier: int
    title: str
    before: Decimal
    after: Decimal


def compare(before: Mapping[int, Crowd], after: Mapping[int, Crowd]) -> list[Cost]:
    """The yearly cost of each active benefit for the crowds of the tiers, before and after; free ones are left out."""
    found = []
    for benefit in Benefit.objects.filter(is_active=True).order_by("tier__threshold", "kind", "title"):
        costs = [_of_year(benefit, crowds.get(benefit.tier_id, Crowd())) for crowds in (before, after)]
        if any(costs):
            found.append(Cost(benefit.tier_id, benefit.title, *costs))
    return found


def once(risen: Mapping[int, int]) -> Decimal:
    """What the upgrade gifts cost for so many members who rise to each tier, in yuan."""
    gifts = Benefit.objects.filter(is_active=True, kind=BenefitKind.UPGRADE_GIFT)
    pieces = sum((gift.quota or 1) * risen.get(gift.tier_id, 0) for gift in gifts)
    return (pieces * _number(ONE_COSTS[BenefitKind.UPGRADE_GIFT])).quantize(CENT, ROUND_HALF_UP)


def _of_year(benefit: Benefit, crowd: Crowd) -> Decimal:
    estimate = ESTIMATES.get(benefit.kind)
    return estimate(benefit, crowd).quantize(CENT, ROUND_HALF_UP) if estimate else Decimal(0)


def _percent_off(benefit: Benefit, crowd: Crowd) -> Decimal:
    return crowd.spend * (benefit.value or 0) / 100


def _extra_points(benefit: Benefit, crowd: Crowd) -> Decimal:
    beyond = max((benefit.value or Decimal(1)) - 1, Decimal(0))
    return crowd.spend * beyond * _number(POINTS_RATE) * _number(POINT_VALUE)


def _pieces(benefit: Benefit, crowd: Crowd) -> Decimal:
    """The quota of a year for each member; without one, a piece at every order."""
    a_year = {Period.MONTH: 12, Period.YEAR: 1, Period.ONCE: 1}.get(Period(benefit.period))
    pieces = crowd.members * benefit.quota * a_year if a_year and benefit.quota else crowd.orders
    return pieces * _number(ONE_COSTS[benefit.kind])


def _birthdays(benefit: Benefit, crowd: Crowd) -> Decimal:
    """One a year, unless the quota says more."""
    return crowd.members * (benefit.quota or 1) * _number(ONE_COSTS[benefit.kind])


def _number(policy: Policy) -> Decimal:
    return Decimal(str(policy.value))


# what is not here costs nothing by the year
ESTIMATES: dict[str, Callable[[Benefit, Crowd], Decimal]] = {
    BenefitKind.PERCENT_OFF: _percent_off,
    BenefitKind.POINTS_FACTOR: _extra_points,
    BenefitKind.BIRTHDAY_GIFT: _birthdays,
    BenefitKind.TASTING: _pieces,
    BenefitKind.FREE_SHIPPING: _pieces,
    BenefitKind.MEMBER_DAY_EXTRA: _pieces,
}
