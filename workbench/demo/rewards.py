"""What membership brings: gifts of tiers, birthdays of the coming days, benefits used, points turned into coupons."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from coupons import exchange, gifts
from coupons.gifts import Due
from coupons.models import CouponTemplate, TierGift
from members import benefits, delivery
from members.ledgers.pointlots import spendable
from members.models import Benefit, BenefitKind, Delivery, DeliveryState, Member, TimelineFact
from stores import jobs

GIVING = "coupons.reactions.give_gifts"
GIFTS = {
    ("silver", BenefitKind.UPGRADE_GIFT): "silver_upgrade",
    ("gold", BenefitKind.UPGRADE_GIFT): "gold_upgrade",
    ("silver", BenefitKind.BIRTHDAY_GIFT): "silver_birthday",
    ("gold", BenefitKind.BIRTHDAY_GIFT): "gold_birthday",
}
LATELY = timedelta(days=10)
TASTERS, EXCHANGERS = 90, 15


def build_rewards(templates: Mapping[str, CouponTemplate]) -> None:
    """Set the gifts up and let those of the last days be given; then some uses and exchanges by the guides."""
    with transaction.atomic():
        for (tier, kind), key in GIFTS.items():
            for benefit in Benefit.objects.filter(tier__code=tier, kind=kind):
                TierGift.objects.create(benefit=benefit, template=templates[key])
        # The upgrades of a whole year were recorded a moment ago; only those of the last days get their gift now.
        Delivery.objects.filter(reaction=GIVING, state=DeliveryState.WAITING).delete()
        gifts.give(_upgrades())
    jobs.run_to_end(jobs.plan("members.plan_birthdays", params={}).pk)
    waiting = Delivery.objects.filter(reaction=GIVING, state=DeliveryState.WAITING)
    for batch in list(waiting.values_list("batch", flat=True)):
        delivery.deliver(batch)
    with transaction.atomic():
        _tastings()
        _exchanges([template for template in templates.values() if template.points_price])


def _upgrades() -> list[Due]:
    """Who reached the tier they hold in the last days."""
    facts = TimelineFact.objects.filter(kind="member.tier_changed", at__gte=timezone.now() - LATELY)
    return [
        Due(fact.member_id, BenefitKind.UPGRADE_GIFT.value, timezone.localdate(fact.at), fact.data["to"])
        for fact in facts.filter(data__why="growth")
        if fact.member_id
    ]


def _tastings() -> None:
    """Every few days somebody tasted what was new, handed over by their guide."""
    now = timezone.now()
    people = Member.objects.filter(guide__isnull=False, tier__threshold__gt=0).select_related("home_store", "guide")
    tasting = {one.tier_id: one for one in Benefit.objects.filter(kind=BenefitKind.TASTING, is_active=True)}
    for nth, member in enumerate(people.order_by("-points", "pk")[:TASTERS]):
        benefit = tasting.get(member.tier_id)
        if benefit:
            at = now - timedelta(days=nth % 9, hours=nth % 7)
            benefits.use(member, benefit, reference=f"demo:{nth}", by=member.guide, at=at)


def _exchanges(templates: list[CouponTemplate]) -> None:
    """Some of those with many points took a coupon for them."""
    people = Member.objects.filter(guide__isnull=False).select_related("home_store", "guide")
    for nth, member in enumerate(people.order_by("-points", "-pk")[:EXCHANGERS]):
        template = templates[nth % len(templates)]
        if spendable(member) >= (template.points_price or 0):
            exchange.exchange(member, template, request_key=f"demo:{nth}", by=member.guide)
