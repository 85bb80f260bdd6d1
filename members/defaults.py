"""What a new house begins with: three tiers with their benefits, the system tags, and a few groups for guides.

A fresh database gets the same rows from the migrations (0004_default_tiers, 0006_default_tags); this is for a database
that lost them, for demo data and tests. What HQ has changed or added stays as it is.
"""

from decimal import Decimal
from typing import Any

from django.db import transaction

from members.models import Benefit, BenefitKind, Period, Tag, TagGroup, Tier, TierLook

TIERS = (
    ("plain", "普卡", 0, "让第一次来的人愿意来第二次", TierLook.PLAIN),
    ("silver", "银卡", 1000, "让常来的人一直来，少一次断档", TierLook.SILVER),
    ("gold", "金卡", 5000, "留住贡献最多的熟客，让他们带朋友来", TierLook.GOLD),
)
# tier, kind, title, value, quota, period
BENEFITS = (
    ("plain", BenefitKind.TASTING, "新品试吃", None, 1, Period.MONTH),
    ("plain", BenefitKind.BIRTHDAY_GIFT, "生日小礼", None, 1, Period.YEAR),
    ("silver", BenefitKind.POINTS_FACTOR, "积分 1.2 倍", Decimal("1.2"), None, Period.NONE),
    ("silver", BenefitKind.TASTING, "新品试吃", None, 2, Period.MONTH),
    ("silver", BenefitKind.BIRTHDAY_GIFT, "生日礼", None, 1, Period.YEAR),
    ("silver", BenefitKind.UPGRADE_GIFT, "升级礼", None, 1, Period.ONCE),
    ("silver", BenefitKind.MEMBER_DAY_EXTRA, "会员日加赠", None, 1, Period.MONTH),
    ("gold", BenefitKind.PERCENT_OFF, "全场 95 折", Decimal(5), None, Period.NONE),
    ("gold", BenefitKind.POINTS_FACTOR, "积分 1.5 倍", Decimal("1.5"), None, Period.NONE),
    ("gold", BenefitKind.TASTING, "新品优先试吃", None, 4, Period.MONTH),
    ("gold", BenefitKind.BIRTHDAY_GIFT, "生日礼盒", None, 1, Period.YEAR),
    ("gold", BenefitKind.UPGRADE_GIFT, "升级礼", None, 1, Period.ONCE),
    ("gold", BenefitKind.MEMBER_DAY_EXTRA, "会员日加赠", None, 2, Period.MONTH),
    ("gold", BenefitKind.FREE_SHIPPING, "免运费", None, 4, Period.MONTH),
    ("gold", BenefitKind.DEDICATED_GUIDE, "专属导购", None, None, Period.NONE),
)
SYSTEM_GROUP = "系统标签"
SLEEPING_DAYS = 120
# tag, rule (members.segments.trees)
SYSTEM_TAGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("首购后两周", {"all": [{"fact": "first_order", "op": "within", "value": 14}]}),
    ("高价值", {"all": [{"fact": "top_spend", "op": "top", "value": 10}]}),
    (
        "高频转低频",
        {
            "all": [
                {"fact": "orders_365d", "op": "gte", "value": "4"},
                {"fact": "silence_gaps", "op": "gte", "value": "2"},
                {"none": [{"fact": "last_order", "op": "before", "value": SLEEPING_DAYS}]},
            ]
        },
    ),
    ("沉睡", {"all": [{"fact": "last_order", "op": "before", "value": SLEEPING_DAYS}]}),
)
# group, only one at a time, tags
GROUPS = (
    ("口味", False, ("爱吃甜", "爱吃酸甜", "只买应季")),
    ("家庭", True, ("家有小孩", "家有老人", "独居", "送礼多")),
    ("到店", False, ("工作日傍晚", "周末上午", "常用自提")),
    ("沟通", False, ("喜欢微信", "别打电话")),
)


@transaction.atomic
def ensure_defaults() -> None:
    """Create the tiers, benefits, groups and tags that are missing by name; existing ones keep what HQ made of them."""
    for code, name, threshold, purpose, look in TIERS:
        fields = {"name": name, "threshold": threshold, "purpose": purpose, "look": look}
        tier, created = Tier.objects.get_or_create(code=code, defaults=fields)
        if created:
            _give(tier)
    system = {"kind": TagGroup.Kind.SYSTEM, "guides_set": False, "managers_set": False, "position": 0}
    group, _created = TagGroup.objects.get_or_create(name=SYSTEM_GROUP, defaults=system)
    for position, (name, rule) in enumerate(SYSTEM_TAGS):
        Tag.objects.get_or_create(group=group, name=name, defaults={"rule": rule, "position": position})
    for place, (title, single, tags) in enumerate(GROUPS, start=1):
        fields = {"single_choice": single, "position": place}
        group, created = TagGroup.objects.get_or_create(name=title, defaults=fields)
        if created:
            Tag.objects.bulk_create(Tag(group=group, name=name, position=spot) for spot, name in enumerate(tags))


def _give(tier: Tier) -> None:
    Benefit.objects.bulk_create(
        Benefit(tier=tier, kind=kind, title=title, value=value, quota=quota, period=period)
        for code, kind, title, value, quota, period in BENEFITS
        if code == tier.code
    )
