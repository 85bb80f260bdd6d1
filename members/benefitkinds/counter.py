"""What a store gives away at the counter and writes down: tastings, free shipping, a little more on member days."""

from django.utils.translation import gettext as _

from members.benefitkinds.base import BenefitType
from members.models import Benefit, BenefitKind


class Tasting(BenefitType):
    """New fruit before others get it."""

    key = BenefitKind.TASTING
    icon = "sprout"

    def sentence(self, benefit: Benefit) -> str:
        """What it is."""
        return _("tastes what is new before others")


class FreeShipping(BenefitType):
    """An order brought home for nothing; web shop and staff record it."""

    key = BenefitKind.FREE_SHIPPING
    icon = "bag"

    def sentence(self, benefit: Benefit) -> str:
        """What it is."""
        return _("an order brought home for nothing")


class MemberDayExtra(BenefitType):
    """Something on top, on a member day."""

    key = BenefitKind.MEMBER_DAY_EXTRA
    icon = "calendar"

    def sentence(self, benefit: Benefit) -> str:
        """What it is."""
        return _("something on top on a member day")
