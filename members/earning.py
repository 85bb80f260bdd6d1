"""Earning rules: what campaigns above push down, and what a yuan of an order earns in growth and points."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from members.models import BenefitKind, EarningRule
from members.orders.worktables import one, run
from stores.errors import Refusal
from stores.policy import define

GROWTH_RATE = define("growth.per_yuan", 1.0, _("Growth value per yuan"), minimum=0, maximum=1000)
POINTS_RATE = define("points.per_yuan", 1.0, _("Points per yuan"), minimum=0, maximum=1000)

ANY_RULE = """
SELECT 1 FROM members_earningrule r
WHERE r.ends_at > (SELECT min(paid_at) FROM work_order) AND r.starts_at <= (SELECT max(paid_at) FROM work_order) LIMIT 1
"""
BEST_RULE = """
LEFT JOIN LATERAL (
    SELECT max(e.growth_factor) AS growth, max(e.points_factor) AS points FROM members_earningrule e
    WHERE e.starts_at <= x.paid_at AND e.ends_at > x.paid_at
        AND (e.store_ids = '{}' OR x.store_id = ANY (e.store_ids))
        AND (e.tier_ids = '{}' OR m.tier_id = ANY (e.tier_ids))
) AS r ON true
"""
NO_RULE = "CROSS JOIN (SELECT NULL::numeric AS growth, NULL::numeric AS points) AS r"
RATES = """
UPDATE work_order w
SET growth_factor = round(%(growth)s * coalesce(r.growth, 1), 4),
    points_factor = round(%(points)s * coalesce(greatest(r.points, b.points), 1), 4)
FROM work_order x
LEFT JOIN members_member m ON m.id = x.member_id
{rule}
LEFT JOIN (
    SELECT tier_id, max(value) AS points FROM members_benefit WHERE kind = %(benefit)s AND is_active GROUP BY tier_id
) AS b ON b.tier_id = m.tier_id
WHERE x.ctid = w.ctid AND w.kind = 'sale' AND w.status IN ('created', 'updated')
"""


def push_rule(
    *,
    source: str,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    growth_factor: Decimal = Decimal(1),
    points_factor: Decimal = Decimal(1),
    store_ids: Sequence[int] = (),
    tier_ids: Sequence[int] = (),
) -> EarningRule:
    """Let orders paid in [starts_at, ends_at) earn more; the same ``source`` again replaces its rule.

    Orders recorded before keep what they earned. Raises Refusal when the window is empty or a factor negative.
    """
    if ends_at <= starts_at:
        raise Refusal(_("The end must lie after the beginning."), code="bad_window")
    if growth_factor < 0 or points_factor < 0:
        raise Refusal(_("A factor must not be negative."), code="bad_factor")
    rule, _created = EarningRule.objects.update_or_create(
        source=source,
        defaults={
            "title": title[:120],
            "starts_at": starts_at,
            "ends_at": ends_at,
            "growth_factor": growth_factor,
            "points_factor": points_factor,
            "store_ids": list(store_ids),
            "tier_ids": list(tier_ids),
        },
    )
    return rule


def withdraw_rule(source: str) -> bool:
    """Take a rule back; orders keep what they have earned by it. False when there was none."""
    return bool(EarningRule.objects.filter(source=source).delete()[0])


def freeze_rates() -> None:
    """Set what a yuan of each new order of work_order earns: the rate times the best multiplier at paid_at.

    Multipliers come from the rules that match store, tier and moment and, for points, from the benefits of the tier
    the member holds; the best one applies, they do not multiply.
    """
    rule = BEST_RULE if one(ANY_RULE) else NO_RULE
    run(
        RATES.format(rule=rule),
        {
            "growth": Decimal(str(GROWTH_RATE.value)),
            "points": Decimal(str(POINTS_RATE.value)),
            "benefit": BenefitKind.POINTS_FACTOR.value,
        },
    )
