"""Summaries that figures are read from: rebuilt at night from orders, facts and histories, each with its "as of".

A row without a store counts members who have no home store (for sales: none). Sums over rows are exact for any set of
stores, since each member counts in one place only. Money in yuan.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member, Stage
from members.models.tier import Tier
from stores.models import Region, Store
from stores.scope import ByMember, ByStore, HeadquartersOnly, ScopedModel


def _store() -> models.ForeignKey:
    return models.ForeignKey(
        Store, models.CASCADE, null=True, related_name="+", verbose_name=_("home store"), db_index=False
    )


class SummaryState(ScopedModel):
    """A summary that was rebuilt for a day, as of when. Readers take what is complete and say how old it is."""

    name = models.CharField(_("summary"), max_length=40)
    day = models.DateField(_("day"))
    as_of = models.DateTimeField(_("as of"))

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("state of a summary")
        verbose_name_plural = _("states of summaries")
        ordering = ("-day", "name")
        constraints = (models.UniqueConstraint(fields=["name", "day"], name="summary_once_a_day"),)

    def __str__(self) -> str:
        return f"{self.name} {self.day}"


class Headcount(ScopedModel):
    """Living members at the end of a day by home store, tier and stage, with what they bought in windows that end then.

    ``bought_30d`` and so on count members with an order in so many days. Kept for every day of the last five weeks and
    for the last day of each month.
    """

    day = models.DateField(_("day"))
    store = _store()
    tier = models.ForeignKey(Tier, models.CASCADE, related_name="+", verbose_name=_("tier"), db_index=False)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices)
    members = models.PositiveIntegerField(_("members"))
    bought_30d = models.PositiveIntegerField(_("bought in 30 days"))
    bought_60d = models.PositiveIntegerField(_("bought in 60 days"))
    bought_90d = models.PositiveIntegerField(_("bought in 90 days"))
    again_60d = models.PositiveIntegerField(_("bought in 60 days and before"))
    orders_365d = models.PositiveIntegerField(_("orders in 365 days"))
    spend_365d = models.DecimalField(_("spend in 365 days"), max_digits=18, decimal_places=2)

    scope = ByStore()

    class Meta:
        verbose_name = _("headcount")
        verbose_name_plural = _("headcounts")
        constraints = (
            models.UniqueConstraint(
                fields=["day", "store", "tier", "stage"], name="headcount_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.store_id} {self.tier_id} {self.stage}: {self.members}"


class RfmCount(ScopedModel):
    """Living members who ever bought, by home store and scores, as of the newest day; what they spent in all."""

    store = _store()
    recency = models.PositiveSmallIntegerField(_("R"))
    frequency = models.PositiveSmallIntegerField(_("F"))
    money = models.PositiveSmallIntegerField(_("M"))
    members = models.PositiveIntegerField(_("members"))
    spend = models.DecimalField(_("spend"), max_digits=18, decimal_places=2)

    scope = ByStore()

    class Meta:
        verbose_name = _("RFM count")
        verbose_name_plural = _("RFM counts")
        constraints = (
            models.UniqueConstraint(
                fields=["store", "recency", "frequency", "money"], name="rfm_count_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.store_id} {self.recency}{self.frequency}{self.money}: {self.members}"


class SourceCount(ScopedModel):
    """Living members by the month they joined in, where they came from and home store; how many bought since, and how
    many more than once."""

    month = models.DateField(_("month"))
    store = _store()
    source = models.CharField(_("came from"), max_length=40, blank=True)
    members = models.PositiveIntegerField(_("members"))
    bought = models.PositiveIntegerField(_("bought"))
    again = models.PositiveIntegerField(_("bought again"))
    spend = models.DecimalField(_("spend"), max_digits=18, decimal_places=2)

    scope = ByStore()

    class Meta:
        verbose_name = _("members by source")
        verbose_name_plural = _("members by source")
        constraints = (
            models.UniqueConstraint(
                fields=["month", "store", "source"], name="source_count_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.source}: {self.members}"


class DaySales(ScopedModel):
    """What a store sold on a day: all, and to members. ``sales`` are net of what came back since."""

    day = models.DateField(_("day"))
    store = models.ForeignKey(Store, models.CASCADE, related_name="+", verbose_name=_("store"), db_index=False)
    orders = models.PositiveIntegerField(_("orders"))
    sales = models.DecimalField(_("sales"), max_digits=16, decimal_places=2)
    member_orders = models.PositiveIntegerField(_("orders of members"))
    member_sales = models.DecimalField(_("sales to members"), max_digits=16, decimal_places=2)
    first_orders = models.PositiveIntegerField(_("first orders of members"))

    scope = ByStore()

    class Meta:
        verbose_name = _("sales of a day")
        verbose_name_plural = _("sales of days")
        constraints = (models.UniqueConstraint(fields=["day", "store"], name="day_sales_once"),)

    def __str__(self) -> str:
        return f"{self.day} {self.store_id}: {self.sales}"


class Flow(ScopedModel):
    """Members who stood in one tier or stage when a month began and in another when it ended (or now, while it lasts).

    ``by_rules``: the tier moved because headquarters changed the rules, not because of what the member did.
    """

    class Of(models.TextChoices):
        """What they moved in."""

        TIER = "tier", _("Tier")
        STAGE = "stage", _("Stage")

    month = models.DateField(_("month"))
    of = models.CharField(_("of"), max_length=5, choices=Of.choices)
    store = _store()
    before = models.CharField(_("from"), max_length=12)
    after = models.CharField(_("to"), max_length=12)
    by_rules = models.BooleanField(_("because rules changed"), default=False)
    members = models.PositiveIntegerField(_("members"))

    scope = ByStore()

    class Meta:
        verbose_name = _("flow between tiers or stages")
        verbose_name_plural = _("flows between tiers and stages")
        constraints = (
            models.UniqueConstraint(
                fields=["month", "of", "store", "before", "after", "by_rules"], name="flow_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.before} → {self.after}: {self.members}"


class Level(models.TextChoices):
    """What a curve is drawn over; single stores are counted when they are asked for."""

    CHAIN = "chain", _("The whole chain")
    REGION = "region", _("One region")


class PurchaseGaps(ScopedModel):
    """How long members took from their n-th purchase, made in a month, to the next one.

    ``followed[d]`` (from d = 0 on, up to 366, which stands for later) bought again after d days; ``open[d]`` have not
    until now, d days after. ``region`` is that of the home store itself, none for members without one.
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
    """Members whose first purchase fell into ``month``, and what they did ``later`` months after (0: the same)."""

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
    will spend in a year (yuan)."""

    member = models.OneToOneField(
        Member, models.CASCADE, primary_key=True, related_name="outlook", verbose_name=_("member")
    )
    alive = models.FloatField(_("probability of being alive"))
    expected_90d = models.FloatField(_("purchases expected in 90 days"))
    value_365d = models.DecimalField(_("spend expected in a year"), max_digits=12, decimal_places=2)
    fit = models.ForeignKey(ValueFit, models.CASCADE, related_name="+", verbose_name=_("fit"), db_index=False)

    scope = ByMember()

    class Meta:
        verbose_name = _("outlook for a member")
        verbose_name_plural = _("outlooks for members")

    def __str__(self) -> str:
        return f"{self.member_id}"
