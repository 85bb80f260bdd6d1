"""What orders earn: the rules pushed down by campaigns, and the rates frozen on orders."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stores.scope import Reference, ScopedModel


class EarningRate(ScopedModel):
    """What a yuan of an order earns in growth and points: the rate times the best matching multiplier.

    Each different rate is one row, shared by all orders that earn alike and never changed. ``by_tier`` holds, where
    benefits or rules of a tier make a difference, {tier id: [growth, points]}; the tier held when the order was paid
    decides. ``months`` is how long the points live, to the end of that month. ``sources`` says in words where the
    multipliers come from.
    """

    key = models.TextField(_("key"), unique=True, db_collation="C")
    growth = models.DecimalField(_("growth per yuan"), max_digits=9, decimal_places=4)
    points = models.DecimalField(_("points per yuan"), max_digits=9, decimal_places=4)
    by_tier = models.JSONField(_("by tier"), default=dict, db_default={})
    months = models.PositiveSmallIntegerField(_("months until points expire"))
    sources = ArrayField(models.CharField(max_length=120), verbose_name=_("sources"), default=list, blank=True)

    scope = Reference()

    class Meta:
        verbose_name = _("earning rate")
        verbose_name_plural = _("earning rates")
        constraints = (
            models.CheckConstraint(name="earning_rate_positive", condition=Q(growth__gte=0) & Q(points__gte=0)),
        )

    def __str__(self) -> str:
        return f"{self.growth.normalize():f} / {self.points.normalize():f}"


class EarningRule(ScopedModel):
    """During a window, orders earn ``growth_factor`` and ``points_factor`` times as much.

    Pushed down by whoever decides (a member day above); growth and points read only this table. Empty scopes mean
    everywhere and everybody. The best matching factor applies; factors do not multiply.
    """

    source = models.CharField(_("source"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=120)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    growth_factor = models.DecimalField(_("growth factor"), max_digits=5, decimal_places=2, default=1)
    points_factor = models.DecimalField(_("points factor"), max_digits=5, decimal_places=2, default=1)
    store_ids = ArrayField(models.BigIntegerField(), verbose_name=_("stores"), default=list, blank=True)
    tier_ids = ArrayField(models.BigIntegerField(), verbose_name=_("tiers"), default=list, blank=True)

    scope = Reference()

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        ordering = ("-starts_at",)
        constraints = (
            models.CheckConstraint(name="earning_window", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="earning_factors", condition=Q(growth_factor__gte=0) & Q(points_factor__gte=0)),
        )
        indexes = (models.Index(fields=["ends_at", "starts_at"], name="earning_by_window"),)

    def __str__(self) -> str:
        return self.title
