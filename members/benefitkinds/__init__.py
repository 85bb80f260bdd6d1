"""Kinds of benefit: what a value means, how uses come about, how it is worded. A new kind is a class and a line."""

from collections.abc import Mapping

from members.benefitkinds.base import FOREVER, BenefitType, Problem, Recorded, Span, quota_text
from members.benefitkinds.counter import FreeShipping, MemberDayExtra, Tasting
from members.benefitkinds.dedicated_guide import DedicatedGuide
from members.benefitkinds.gifts import BirthdayGift, UpgradeGift
from members.benefitkinds.percent_off import PercentOff
from members.benefitkinds.points_factor import PointsFactor
from members.models import Benefit

__all__ = ["FOREVER", "REGISTRY", "BenefitType", "Problem", "Recorded", "Span", "quota_text", "type_of"]

REGISTRY: Mapping[str, BenefitType] = {
    kind.key.value: kind
    for kind in (
        PercentOff(),
        PointsFactor(),
        BirthdayGift(),
        UpgradeGift(),
        FreeShipping(),
        Tasting(),
        MemberDayExtra(),
        DedicatedGuide(),
    )
}


def type_of(benefit: Benefit) -> BenefitType:
    """The kind of a benefit."""
    return REGISTRY[benefit.kind]
