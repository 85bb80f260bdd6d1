"""More points for each yuan. Works by itself: earning reads the factor of the tier held when an order is paid."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.benefitkinds.base import BenefitType, Problem, Recorded
from members.models import Benefit, BenefitKind


class PointsFactor(BenefitType):
    """``value`` is what the points are multiplied with; the best factor of an order counts, they do not multiply."""

    key = BenefitKind.POINTS_FACTOR
    icon = "star"
    recorded = Recorded.ITSELF
    value_name = gettext_lazy("Factor")

    def value_problems(self, value: Decimal | None) -> Sequence[Problem]:
        """Above 1, up to 20."""
        if value is not None and 1 < value <= 20:
            return []
        return [("value", gettext_lazy("Say the factor, above 1 and up to 20: 1.5 means half as many again."))]

    def sentence(self, benefit: Benefit) -> str:
        """Points x 1.5."""
        return _("points x %(factor)s") % {"factor": f"{(benefit.value or Decimal(1)).normalize():f}"}
