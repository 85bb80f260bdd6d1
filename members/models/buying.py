"""What is known of buying: gaps between purchases, cohorts by month, and what a model expects of members.

Counted at night like the summaries of members.models.insight. A purchase is a business day on which a member bought.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from stores.models import Region, Store
from stores.scope import ByMember, ByStore, HeadquartersOnly, ScopedModel


class Level(models.TextChoices):
    """What a curve is drawn over; single stores are counted when they are asked for."""

    CHAIN = "chain", _("The whole chain")
    REGION = "region", _("One region")


class PurchaseGaps(ScopedModel):
    """How long members took from their n-th purchase, made in a month, to the next one.

    ``followed[d]`` (from d = 0 on, up to 366, which stands for later) bought again after d days; ``open[d]`` have not
    until now, d days after. Days that nobody has are left out at the end. A region counts its own stores and those of
    all regions below it; members without a home store are in the rows of the chain alone.
    """

    level = models.CharField(_("level"), max_length=6, choices=Level.choices)
    region = models.ForeignKey(
        Region, models.CASCADE, null=True, related_name="+", verbose_name=_("region"), db_index=False
    )
    month = models.DateField(_("month"))
    nth = models.PositiveSmallIntegerField(_("purchase"))
    followed = ArrayField(models.PositiveIntegerField(), verbose_name=_("bought again"))
    open = ArrayField(models.PositiveIntegerField(), verbose_name=_("not yet"))

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("gaps between purchases")
        verbose_name_plural = _("gaps between purchases")
        constraints = (
            models.UniqueConstraint(
                fields=["level", "region", "month", "nth"], name="purchase_gaps_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.nth}"


class CohortMonth(ScopedModel):
    """Members whose first purchase fell into ``month``, and what they did ``later`` months after (0: the same). Regions
    count as in PurchaseGaps. A month without a row is one in which nobody of them bought."""

    level = models.CharField(_("level"), max_length=6, choices=Level.choices)
    region = models.ForeignKey(
        Region, models.CASCADE, null=True, related_name="+", verbose_name=_("region"), db_index=False
    )
    month = models.DateField(_("month of the first purchase"))
    later = models.PositiveSmallIntegerField(_("months later"))
    buyers = models.PositiveIntegerField(_("buyers"))
    orders = models.PositiveIntegerField(_("orders"))
    spend = models.DecimalField(_("spend"), max_digits=18, decimal_places=2)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("cohort in a month")
        verbose_name_plural = _("cohorts by month")
        constraints = (
            models.UniqueConstraint(
                fields=["level", "region", "month", "later"], name="cohort_month_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} +{self.later}: {self.buyers}"


class ValueFit(ScopedModel):
    """A fit of BG/NBD and Gamma-Gamma over the purchases of all members until a day, and how well it foretold.

    ``calibration`` lists, per number of purchases in the first part, how many later purchases members made and how many
    were expected of them.
    """

    fitted_at = models.DateTimeField(_("fitted at"), auto_now_add=True)
    until = models.DateField(_("purchases until"))
    members = models.PositiveIntegerField(_("members"))
    parameters = models.JSONField(_("parameters"))
    log_likelihood = models.FloatField(_("log-likelihood"))
    calibration = models.JSONField(_("calibration"), default=list)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("fit of lifetime value")
        verbose_name_plural = _("fits of lifetime value")
        ordering = ("-fitted_at",)

    def __str__(self) -> str:
        return f"{self.until}"


class MemberOutlook(ScopedModel):
    """What the newest fit expects of a member: the chance that they still come, purchases in 90 days, and what they
    will spend in a year (yuan). After one purchase alone nobody can tell whether they still come: ``alive`` is none.
    """

    member = models.OneToOneField(
        Member, models.CASCADE, primary_key=True, related_name="outlook", verbose_name=_("member")
    )
    alive = models.FloatField(_("probability of still coming"), null=True)
    expected_90d = models.FloatField(_("purchases expected in 90 days"))
    value_365d = models.DecimalField(_("spend expected in a year"), max_digits=12, decimal_places=2)
    fit = models.ForeignKey(ValueFit, models.CASCADE, related_name="+", verbose_name=_("fit"), db_index=False)

    scope = ByMember()

    class Meta:
        verbose_name = _("outlook for a member")
        verbose_name_plural = _("outlooks for members")

    def __str__(self) -> str:
        return f"{self.member_id}"


class OutlookCount(ScopedModel):
    """Living members by home store and by how probable it is that they still come: fifths, or after one purchase.

    ``soon`` are those of whom one purchase or more is expected in 90 days; what is expected of all is summed up.
    """

    class Band(models.TextChoices):
        """How probable it is that they still come, in per cent."""

        ONCE = "once", _("One purchase so far")
        GONE = "0", _("Below 20%")
        FADING = "20", _("20% to 40%")
        EVEN = "40", _("40% to 60%")
        LIKELY = "60", _("60% to 80%")
        SURE = "80", _("From 80%")

    store = models.ForeignKey(
        Store, models.CASCADE, null=True, related_name="+", verbose_name=_("home store"), db_index=False
    )
    band = models.CharField(_("probability of still coming"), max_length=4, choices=Band.choices)
    members = models.PositiveIntegerField(_("members"))
    soon = models.PositiveIntegerField(_("expected within 90 days"))
    expected_90d = models.FloatField(_("purchases expected in 90 days"))
    value_365d = models.DecimalField(_("spend expected in a year"), max_digits=18, decimal_places=2)

    scope = ByStore()

    class Meta:
        verbose_name = _("outlook by store")
        verbose_name_plural = _("outlooks by store")
        constraints = (
            models.UniqueConstraint(fields=["store", "band"], name="outlook_count_once", nulls_distinct=False),
        )

    def __str__(self) -> str:
        return f"{self.store_id} {self.band}: {self.members}"
