"""The programme of a house as rows: stores, tiers and their rules, multipliers, benefits, settings, categories."""

from collections.abc import Sequence

from members.facts import RECENCY_BINS
from members.ledgers.earning import GROWTH_RATE, POINTS_MONTHS, POINTS_RATE
from members.ledgers.pointlots import FROZEN_DAYS
from members.lifecycle import DECLINING_AFTER, LOST_AFTER, REGULAR_ORDERS
from members.models import Benefit, BenefitKind, Category, EarningRule, MoneyCuts, Tier, TierRules
from members.moneycuts import MONEY_CUTS
from stores import policy
from stores.models import Store
from tests.makers import make_region, make_tiers
from tests.members.oracle.records import Multiplier, Programme, TierVersion
from tests.torture.programmes import TIERS

OUT_OF_THE_WAY = 1_000_000


def build(programme: Programme) -> None:
    """Make the database speak of this programme; what it said before of a programme is replaced."""
    known = set(Store.objects.values_list("code", flat=True))
    for code, zone in programme.zones.items():
        if code not in known:
            Store.objects.create(code=code, name=code, region=make_region(), time_zone=zone)
    for category in programme.categories:
        Category.objects.get_or_create(name=category)
    _tiers(programme)
    _multipliers(programme.multipliers)
    MoneyCuts.objects.all().delete()
    for month, cuts in programme.monthly_cuts:
        MoneyCuts.objects.create(month=month, cuts=list(cuts), buyers=1000)
    for name, value in settings_of(programme).items():
        policy.change(name, value, by=None)


def settings_of(programme: Programme) -> dict[str, object]:
    """The settings of headquarters that the programme fixes."""
    return {
        GROWTH_RATE.name: float(programme.growth_per_yuan),
        POINTS_RATE.name: float(programme.points_per_yuan),
        POINTS_MONTHS.name: programme.points_months,
        FROZEN_DAYS.name: programme.frozen_days,
        RECENCY_BINS.name: list(programme.recency_days),
        MONEY_CUTS.name: [float(cut) for cut in programme.money_cuts],
        REGULAR_ORDERS.name: programme.regular_orders,
        LOST_AFTER.name: programme.lost_after,
        DECLINING_AFTER.name: programme.declining_after,
    }


def lowest_tier() -> Tier:
    """The tier that everybody begins in."""
    return Tier.objects.get(code=TIERS[0])


def _tiers(programme: Programme) -> None:
    tiers = make_tiers()
    for nth, tier in enumerate(tiers.values()):
        Tier.objects.filter(pk=tier.pk).update(threshold=OUT_OF_THE_WAY + nth)
    for code, least in programme.versions[-1].thresholds:
        Tier.objects.filter(code=code).update(threshold=least)
    Benefit.objects.filter(kind=BenefitKind.POINTS_FACTOR).delete()
    for code, factor in programme.benefits.items():
        Benefit.objects.create(tier=tiers[code], kind=BenefitKind.POINTS_FACTOR, title=f"x{factor}", value=factor)
    TierRules.objects.all().delete()
    TierRules.objects.bulk_create(_rules(version, tiers) for version in programme.versions)


def _rules(version: TierVersion, tiers: dict[str, Tier]) -> TierRules:
    downgrades = TierRules.Downgrades
    return TierRules(
        state=TierRules.State.APPLIED,
        thresholds={str(tiers[code].pk): least for code, least in version.thresholds},
        window_days=version.window_days,
        review_days=version.review_days,
        notice_days=version.notice_days,
        grace_days=version.grace_days,
        downgrades=downgrades.AT_ONCE if version.at_once else downgrades.AT_REVIEW,
        effective_from=version.effective_from,
    )


def _multipliers(multipliers: Sequence[Multiplier]) -> None:
    stores = dict(Store.objects.values_list("code", "pk"))
    tiers = dict(Tier.objects.values_list("code", "pk"))
    EarningRule.objects.all().delete()
    EarningRule.objects.bulk_create(
        EarningRule(
            source=f"torture:{nth}",
            title=f"x{rule.points}",
            starts_at=rule.starts_at,
            ends_at=rule.ends_at,
            growth_factor=rule.growth,
            points_factor=rule.points,
            store_ids=[stores[code] for code in rule.stores],
            tier_ids=[tiers[code] for code in rule.tiers],
        )
        for nth, rule in enumerate(multipliers)
    )
