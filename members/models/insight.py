"""Summaries that figures are read from: rebuilt at night from orders, facts and histories, each with its "as of".

A row without a store counts members who have no home store (for sales: none). Sums over rows are exact for any set of
stores, since each member counts in one place only. Money in yuan.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Stage
from members.models.tier import Tier
from stores.models import Store
from stores.scope import ByStore, HeadquartersOnly, ScopedModel


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


class TouchedSale(ScopedModel):
    """When a sale was paid that changed after it was recorded: came back, was corrected, or went to another member. Its
    day is counted anew in the next night, which takes the row away. A trigger on orders writes it."""

    paid_at = models.DateTimeField(_("paid at"))

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("sale to be counted anew")
        verbose_name_plural = _("sales to be counted anew")
        indexes = (models.Index(fields=["paid_at"], name="touched_sale"),)

    def __str__(self) -> str:
        return f"{self.paid_at}"


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
