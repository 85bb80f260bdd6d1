"""What a yuan of an order earns: the rate times the best matching multiplier. They never multiply each other."""

from decimal import ROUND_HALF_UP, Decimal
from math import floor

from tests.members.oracle.records import Multiplier, Programme, Sale

STEP = Decimal("0.0001")


def worth(programme: Programme, sale: Sale, kept: Decimal, tier: str) -> tuple[int, int]:
    """Growth and points of ``kept`` yuan of a sale, paid while the member held ``tier``."""
    growth = programme.growth_per_yuan * _factor(programme, sale, tier, "growth")
    points = programme.points_per_yuan * _factor(programme, sale, tier, "points")
    return tuple(floor(kept * rate.quantize(STEP, ROUND_HALF_UP)) for rate in (growth, points))


def _factor(programme: Programme, sale: Sale, tier: str, what: str) -> Decimal:
    matching = [rule for rule in programme.multipliers if _matches(rule, sale)]
    for_all = [getattr(rule, what) for rule in matching if not rule.tiers]
    of_tier = [getattr(rule, what) for rule in matching if tier in rule.tiers]
    if what == "points" and tier in programme.benefits:
        of_tier.append(programme.benefits[tier])
    return max([max(for_all, default=Decimal(1)), *of_tier])


def _matches(rule: Multiplier, sale: Sale) -> bool:
    return rule.starts_at <= sale.paid_at < rule.ends_at and (not rule.stores or sale.store in rule.stores)
