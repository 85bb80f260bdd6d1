"""A percentage off every receipt. The till takes it off and may report each receipt it did so for."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy, pgettext

from members.benefitkinds.base import BenefitType, Problem, Recorded
from members.models import Benefit, BenefitKind

WHOLE = Decimal(100)


class PercentOff(BenefitType):
    """``value`` is what comes off, in percent: 5 is 9.5折."""

    key = BenefitKind.PERCENT_OFF
    icon = "tag"
    recorded = Recorded.TILL
    value_name = gettext_lazy("Percent that comes off")

    def value_problems(self, value: Decimal | None) -> Sequence[Problem]:
        """From 1 to 90 percent."""
        if value is not None and 1 <= value <= 90:
            return []
        return [("value", gettext_lazy("Say how much comes off, from 1 to 90 percent: 5 means 5 percent off."))]

    def sentence(self, benefit: Benefit) -> str:
        """9.5折 in Chinese, 5% off in English."""
        off = benefit.value or Decimal(0)
        # Chinese counts what is still paid, in tenths; English what comes off. So a translation uses either word.
        text = pgettext("benefit of a tier; the other word is [paid], as in [paid]折", "[off] off at the till")
        return text.replace("[off]", f"{off.normalize():f}%").replace("[paid]", f"{((WHOLE - off) / 10).normalize():f}")
