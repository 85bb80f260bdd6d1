"""Tiers by growth value, the benefits they give, and the rules by which orders earn."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stores.ids import public_id
from stores.scope import Reference, ScopedModel


class TierLook(models.TextChoices):
    """The badge a tier wears on screen."""

    PLAIN = "plain", _("Plain")
    SILVER = "silver", _("Silver")
    GOLD = "gold", _("Gold")


class Tier(ScopedModel):
    """A level of membership, reached at ``threshold`` growth value."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=40)
    threshold = models.PositiveIntegerField(_("growth value needed"), unique=True)
    purpose = models.CharField(
        _("purpose"), max_length=200, blank=True, help_text=_("What this tier is meant to achieve, in one sentence.")
    )
    look = models.CharField(_("badge"), max_length=8, choices=TierLook.choices, default=TierLook.PLAIN)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    scope = Reference()

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ("threshold",)

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id partners know the tier by."""
        return public_id("tier", self.pk)


class BenefitKind(models.TextChoices):
    """What a benefit is. ``value`` means: percent off, factor, or nothing, as the kind says."""

    PERCENT_OFF = "percent_off", _("Percentage off")
    POINTS_FACTOR = "points_factor", _("Points multiplier")
    BIRTHDAY_GIFT = "birthday_gift", _("Birthday gift")
    UPGRADE_GIFT = "upgrade_gift", _("Upgrade gift")
    FREE_SHIPPING = "free_shipping", _("Free shipping")
    TASTING = "tasting", _("Early tasting")
    MEMBER_DAY_EXTRA = "member_day_extra", _("Member-day extra")
    DEDICATED_GUIDE = "dedicated_guide", _("Dedicated guide")


class Period(models.TextChoices):
    """Over which time a quota counts."""

    NONE = "none", _("No limit")
    MONTH = "month", _("Per month")
    YEAR = "year", _("Per year")
    ONCE = "once", _("Once")


class Benefit(ScopedModel):
    """Something a tier gives, up to ``quota`` times per ``period``."""

    tier = models.ForeignKey(Tier, models.CASCADE, related_name="benefits", verbose_name=_("tier"))
    kind = models.CharField(_("kind"), max_length=20, choices=BenefitKind.choices)
    title = models.CharField(_("title"), max_length=60)
    value = models.DecimalField(
        _("value"), max_digits=8, decimal_places=2, null=True, blank=True, help_text=_("Percent or factor.")
    )
    quota = models.PositiveIntegerField(_("quota"), null=True, blank=True)
    period = models.CharField(_("period"), max_length=8, choices=Period.choices, default=Period.NONE)
    is_active = models.BooleanField(_("active"), default=True)

    scope = Reference()

    class Meta:
        verbose_name = _("benefit")
        verbose_name_plural = _("benefits")
        ordering = ("tier__threshold", "kind")
        constraints = (
            models.UniqueConstraint(fields=["tier", "kind", "title"], name="one_benefit_of_a_kind"),
            models.CheckConstraint(name="benefit_value_positive", condition=Q(value=None) | Q(value__gt=0)),
        )

    def __str__(self) -> str:
        return self.title


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
