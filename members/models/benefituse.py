"""Uses of benefits: what counts against the quota of a period."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from members.models.tier import Benefit
from stores.models import Store
from stores.scope import ByMember, ScopedModel


class BenefitUse(ScopedModel):
    """One use of a benefit by a member. ``period`` is the first day of the period whose quota it counts against (one
    fixed day where it counts for ever); ``reference`` is what it was used for, so that the same thing counts once."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="benefit_uses", verbose_name=_("member"))
    benefit = models.ForeignKey(Benefit, models.PROTECT, related_name="uses", verbose_name=_("benefit"))
    period = models.DateField(_("period"))
    reference = models.CharField(_("used for"), max_length=80)
    store = models.ForeignKey(Store, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store"))
    used_at = models.DateTimeField(_("used at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())
    taken_back_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    scope = ByMember()

    class Meta:
        verbose_name = _("use of a benefit")
        verbose_name_plural = _("uses of benefits")
        ordering = ("-used_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["member", "benefit", "reference"], name="benefit_used_once_for_a_thing"),
        )
        indexes = (models.Index(fields=["member", "benefit", "period"], name="benefit_uses_of_period"),)

    def __str__(self) -> str:
        return self.reference
