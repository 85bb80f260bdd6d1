"""Tiers by growth value and the benefits they give."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.ids import public_id
from stores.scope import Reference, ScopedModel


class TierLook(models.TextChoices):
    """The badge a tier wears on screen."""

    PLAIN = "plain", _("Plain")
    SILVER = "silver", _("Silver")
    GOLD = "gold", _("Gold")


class Tier(ScopedModel):
    """A level of membership, reached at ``threshold`` growth value.

    ``threshold`` mirrors the tier rules in force (members.tiering.tierrules), which alone change it; a tier that no
    rules name yet has none, and nobody holds it.
    """

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=40)
    threshold = models.PositiveIntegerField(_("growth value needed"), unique=True, null=True, editable=False)
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
