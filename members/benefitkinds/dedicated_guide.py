"""A guide of one's own. Works by itself: it is kept by whoever assigns members; nothing is used up."""

from django.utils.translation import gettext as _

from members.benefitkinds.base import BenefitType, Recorded
from members.models import Benefit, BenefitKind


class DedicatedGuide(BenefitType):
    """Members of the tier always have a guide who knows them."""

    key = BenefitKind.DEDICATED_GUIDE
    icon = "user"
    recorded = Recorded.ITSELF

    def sentence(self, benefit: Benefit) -> str:
        """What it is."""
        return _("a guide of one's own")
