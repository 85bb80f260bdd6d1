"""The chain's coupons, member days and scripts, and what its guides did with them in the last weeks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from campaigns import defaults, memberdays
from campaigns.guidetasks import planning
from campaigns.models import MemberDay, Reason, ReasonSetting
from campaigns.reasons import chances
from coupons import bulk, catalogue
from coupons.audience import leaf, together
from coupons.drafts import TermsDraft
from coupons.models import CouponKind, CouponTemplate
from members.models import Tier
from members.segments.facts.choices import IN
from stores import jobs
from workbench.demo import (
    followups,
    issues,
    journeys,
    offers,
    packs,
    recommended,
    recruiting,
    rewards,
    spreading,
    waiting,
)
from workbench.demo.dice import Dice


@dataclass(frozen=True)
class Gift:
    """A coupon template of the demonstration; ``quota`` for guides, ``points`` is its price where it has one."""

    key: str
    name: str
    terms: TermsDraft
    quota: int = 0
    points: int | None = None


def _off(threshold: int, amount: int, days: int) -> TermsDraft:
    return TermsDraft(
        kind=CouponKind.AMOUNT_OFF, threshold=Decimal(threshold), amount_off=Decimal(amount), valid_days=days
    )


def _percent(threshold: int, paid: int, cap: int, days: int) -> TermsDraft:
    return TermsDraft(
        kind=CouponKind.PERCENT_OFF,
        threshold=Decimal(threshold),
        percent=Decimal(paid),
        cap=Decimal(cap),
        valid_days=days,
    )


def _gift(name: str, value: str, days: int) -> TermsDraft:
    return TermsDraft(kind=CouponKind.GIFT, gift_name=name, gift_value=Decimal(value), valid_days=days)


def _price(sku: str, price: str, cap: int, days: int) -> TermsDraft:
    return TermsDraft(
        kind=CouponKind.FIXED_PRICE, fixed_price=Decimal(price), cap=Decimal(cap), skus=[sku], valid_days=days
    )


def _delivery(threshold: int, cap: int, days: int) -> TermsDraft:
    return TermsDraft(kind=CouponKind.FREE_SHIPPING, threshold=Decimal(threshold), cap=Decimal(cap), valid_days=days)


GIFTS = (
    Gift("second", "第 2 单专属券", _off(39, 8, 7), quota=30),
    Gift("regular", "老客专属券", _percent(50, 70, 30, 5), quota=20),
    Gift("basket", "满99减15", _off(99, 15, 7), quota=20, points=400),
    Gift("tasting", "第 4 单试吃礼", _gift("智利车厘子 250g", "39.90", 14), quota=10),
    Gift("birthday", "生日礼券", _off(60, 15, 14), quota=30),
    Gift("memberday", "会员日券", _off(59, 10, 7)),
    Gift("welcome", "满60减10", _off(60, 10, 14), points=200),
    Gift("silver_upgrade", "银卡升级礼", _off(39, 10, 30)),
    Gift("gold_upgrade", "金卡升级礼", _gift("当季水果礼盒", "69.00", 30)),
    Gift("silver_birthday", "银卡生日礼", _off(49, 15, 30)),
    Gift("gold_birthday", "金卡生日礼盒", _gift("生日果篮", "59.00", 30)),
    Gift("cherries", "车厘子一件 19.9", _price("F011", "19.90", 20, 7)),
    Gift("delivery", "免运费券", _delivery(39, 8, 14)),
    Gift("basketful", "积分换果篮", _gift("精选果篮", "99.00", 30), points=1200),
)
SUGGESTED = {
    Reason.GOLDEN_WINDOW: "second",
    Reason.NTH_ORDER: "tasting",
    Reason.BIRTHDAY: "birthday",
    Reason.DECLINING: "regular",
}


def build_marketing(dice: Dice, *, tell: Callable[[str], None]) -> None:
    """Templates, member days, coupons in wallets, the guides' offers of the last weeks, and today's tasks."""
    tell("coupons, member days and tasks")
    with transaction.atomic():
        defaults.ensure_defaults()
        templates = _templates()
        for reason, key in SUGGESTED.items():
            ReasonSetting.objects.filter(reason=reason).update(template=templates[key])
        _member_days(templates["memberday"])
    run = bulk.start(templates["welcome"], together(*leaf("tier", IN, _tiers("silver", "gold"))), by=None)
    jobs.run_to_end(run.job_id)
    with transaction.atomic():
        offers.age_coupons(templates["welcome"], dice)
        offers.build_offers([templates[key] for key in ("second", "regular", "basket")], dice)
    rewards.build_rewards(templates)
    packs.build_packs(templates)
    waiting.build_waiting()
    issues.build_issues(templates["regular"])
    recommended.build_recommendations()
    chances.measure(timezone.localdate())
    planning.plan_tasks(timezone.localdate())
    followups.build_followups()
    journeys.build_journeys()
    recruiting.build_recruiting(templates)
    spreading.build_spreading(templates)
    offers.close_some_tasks()


def _templates() -> dict[str, CouponTemplate]:
    made = {}
    for gift in GIFTS:
        template = catalogue.create_template(
            name=gift.name,
            terms=gift.terms,
            open_to_guides=bool(gift.quota),
            guide_month_quota=gift.quota or 20,
            points_price=gift.points,
            cost_owner="总部营销",
            by=None,
        )
        made[gift.key] = catalogue.publish(template, by=None)
    return made


def _member_days(template: CouponTemplate) -> None:
    """One on every 8th for everybody, and one that is always two days away, for silver and gold."""
    today = timezone.localdate()
    soon = today + timedelta(days=2)
    monthly = MemberDay.objects.create(
        name="每月 8 日会员日",
        recurrence="FREQ=MONTHLY;BYMONTHDAY=8",
        starts_on=today.replace(day=1),
        points_factor=2,
        growth_factor=1,
        coupon_template=template,
        issue_days_before=2,
    )
    weekday = soon.strftime("%A")[:2].upper()
    weekly = MemberDay.objects.create(
        name="银卡金卡加倍日",
        recurrence=f"FREQ=WEEKLY;BYDAY={weekday}",
        starts_on=today,
        ends_on=today + timedelta(days=60),
        points_factor=3,
        growth_factor=Decimal("1.5"),
    )
    weekly.tiers.set(Tier.objects.filter(pk__in=_tiers("silver", "gold")))
    for day in (monthly, weekly):
        memberdays.publish(day, by=None)


def _tiers(*looks: str) -> list[int]:
    return list(Tier.objects.filter(look__in=looks).values_list("pk", flat=True))
