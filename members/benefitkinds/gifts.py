"""Gifts for a birthday and for a new tier. As a coupon they follow by themselves; otherwise staff hand them over."""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from members import birthdays
from members.benefitkinds.base import BenefitType, Span
from members.models import Benefit, BenefitKind, Member, Period


class BirthdayGift(BenefitType):
    """A year of this gift is a birthday: what is given some days before or after one counts for that one."""

    key = BenefitKind.BIRTHDAY_GIFT
    icon = "cake"

    def sentence(self, benefit: Benefit) -> str:
        """What it is."""
        return _("a gift for the birthday")

    def span(self, benefit: Benefit, member: Member, day: date) -> Span:
        """The birthday that lies nearest, named by its year; without a known birthday the calendar year."""
        feast = birthdays.feast_of(member)
        if benefit.period != Period.YEAR or feast is None:
            return super().span(benefit, member, day)
        year = birthdays.nearest_year(feast, day)
        following = birthdays.feast_on(feast, year + 1)
        return Span(date(year, 1, 1), following - timedelta(days=birthdays.DAYS_BEFORE.value))


class UpgradeGift(BenefitType):
    """Each tier has its own, so one does not count against another."""

    key = BenefitKind.UPGRADE_GIFT
    icon = "gift"
    carries_over = False

    def sentence(self, benefit: Benefit) -> str:
        """What it is."""
        return _("a gift on reaching the tier")
