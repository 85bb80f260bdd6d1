"""Earning rules: what campaigns above push down, and what a yuan of an order earns in growth and points."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from members.models import Benefit, BenefitKind, EarningRate, EarningRule, Tier
from members.orders.worktables import one, rows, run
from stores.errors import Refusal
from stores.policy import Policy, define

GROWTH_RATE = define("growth.per_yuan", 1.0, _("Growth value per yuan"), minimum=0, maximum=1000)
POINTS_RATE = define("points.per_yuan", 1.0, _("Points per yuan"), minimum=0, maximum=1000)
POINTS_MONTHS = define("points.months", 12, _("Months after which points expire, at the end of that month"), minimum=1)
ONE = Decimal(1)

ANY_RULE = """
SELECT 1 FROM members_earningrule r
WHERE r.ends_at > (SELECT min(paid_at) FROM work_order) AND r.starts_at <= (SELECT max(paid_at) FROM work_order) LIMIT 1
"""
MATCHING = """
UPDATE work_order w SET rules = (
    SELECT array_agg(r.id ORDER BY r.id) FROM members_earningrule r
    WHERE r.starts_at <= w.paid_at AND r.ends_at > w.paid_at AND (r.store_ids = '{}' OR w.store_id = ANY (r.store_ids))
)
WHERE w.kind = 'sale' AND w.code = ''
"""
RULES_AT = """
SELECT id, title, growth_factor, points_factor, tier_ids FROM members_earningrule
WHERE starts_at <= %(at)s AND ends_at > %(at)s AND (store_ids = '{}' OR %(store)s = ANY (store_ids)) ORDER BY id
"""
SETS = "SELECT DISTINCT rules FROM work_order WHERE kind = 'sale' AND code = ''"
INTERN = """
INSERT INTO members_earningrate (key, growth, points, by_tier, months, sources)
SELECT DISTINCT ON (key) key, growth, points, by_tier, months, array(SELECT jsonb_array_elements_text(sources))
FROM jsonb_to_recordset(%(rates)s) AS x(key text, growth numeric, points numeric, by_tier jsonb, months smallint,
    sources jsonb)
WHERE NOT EXISTS (SELECT FROM members_earningrate k WHERE k.key = x.key)
ORDER BY key
ON CONFLICT (key) DO NOTHING
"""
FREEZE = """
UPDATE work_order w SET rate_id = k.id
FROM unnest(%(sets)s::text[], %(keys)s::text[]) AS x(rules, key) JOIN members_earningrate k ON k.key = x.key
WHERE x.rules = coalesce(w.rules::text, '{}') AND w.kind = 'sale' AND w.code = ''
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
    """Find what a yuan of each sale of work_order earns: the default rate times the best multiplier at ``paid_at``.

    The best of the rules that match store and moment applies; they do not multiply. What the rules and benefits of a
    tier make better is noted by tier, as only the member's path says which tier was held then. Rates that are new are
    written here, before anything is locked, always in the order of their keys: so nobody waits in a circle.
    """
    if one(ANY_RULE):
        run(MATCHING)
    sets = [found or [] for (found,) in rows(SETS)]
    rules = EarningRule.objects.in_bulk({pk for found in sets for pk in found})
    tiers = _tier_benefits()
    rates = [_rate([rules[pk] for pk in found], tiers) for found in sets]
    run(INTERN, {"rates": Jsonb(rates)})
    names = ["{" + ",".join(map(str, found)) + "}" for found in sets]
    run(FREEZE, {"sets": names, "keys": [rate["key"] for rate in rates]})


def per_yuan(*, store_id: int, tier_id: int, at: datetime, benefits: Iterable[Benefit]) -> tuple[Decimal, Decimal]:
    """What a yuan paid at ``at`` in a store would earn a member of a tier: growth and points, as ``freeze_rates`` finds
    it. ``benefits`` are the active ones of the tier. Writes nothing."""
    rules = list(EarningRule.objects.raw(RULES_AT, {"at": at, "store": store_id}))
    factors = [one for one in benefits if one.kind == BenefitKind.POINTS_FACTOR and one.value is not None]
    rate = _rate(rules, {tier_id: factors})
    growth, points = rate["by_tier"].get(str(tier_id), (rate["growth"], rate["points"]))
    return Decimal(str(growth)), Decimal(str(points))


def plain_rate() -> EarningRate:
    """The rate of today without any rule: for orders that come some other way than through a till or a file."""
    rate = _rate([], _tier_benefits())
    run(INTERN, {"rates": Jsonb([rate])})
    return EarningRate.objects.get(key=rate["key"])


def _tier_benefits() -> dict[int, list[Benefit]]:
    """Tier -> its active points multipliers; every tier has an entry."""
    found: dict[int, list[Benefit]] = {pk: [] for pk in Tier.objects.values_list("pk", flat=True)}
    for benefit in Benefit.objects.filter(kind=BenefitKind.POINTS_FACTOR, is_active=True, value__isnull=False):
        found[benefit.tier_id].append(benefit)
    return found


def _rate(rules: Sequence[EarningRule], tiers: Mapping[int, Sequence[Benefit]]) -> dict[str, Any]:
    """The rate that a set of matching rules comes to, with its canonical key."""
    general = [rule for rule in rules if not rule.tier_ids]
    growth = max((rule.growth_factor for rule in general), default=ONE)
    points = max((rule.points_factor for rule in general), default=ONE)
    sources = {
        rule.title for rule in general if (rule.growth_factor, rule.points_factor) != (ONE, ONE)
        and (rule.growth_factor == growth or rule.points_factor == points)
    }  # fmt: skip
    by_tier = {}
    for tier, benefits in sorted(tiers.items()):
        own = [rule for rule in rules if tier in rule.tier_ids]
        given = [(benefit.title, benefit.value or ONE) for benefit in benefits]
        better = (
            max([growth, *(rule.growth_factor for rule in own)]),
            max([points, *(rule.points_factor for rule in own), *(factor for _title, factor in given)]),
        )
        if better != (growth, points):
            by_tier[str(tier)] = [_yuan(GROWTH_RATE, better[0]), _yuan(POINTS_RATE, better[1])]
            sources |= {rule.title for rule in own if rule.growth_factor == better[0] > growth}
            sources |= {rule.title for rule in own if rule.points_factor == better[1] > points}
            sources |= {title for title, factor in given if factor == better[1] > points}
    rate = {
        "growth": _yuan(GROWTH_RATE, growth),
        "points": _yuan(POINTS_RATE, points),
        "by_tier": by_tier,
        "months": POINTS_MONTHS.value,
        "sources": sorted(sources),
    }
    return {"key": json.dumps(rate, sort_keys=True, ensure_ascii=False, separators=(",", ":")), **rate}


def _yuan(rate: Policy, factor: Decimal) -> float:
    """What a yuan earns at a multiple of the rate, to four places, as JSON holds it."""
    return float(round(Decimal(str(rate.value)) * factor, 4))
