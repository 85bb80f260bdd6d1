"""Product recommendations for a segment, and who was shown which."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models import Member, Segment
from stores.ids import public_id
from stores.scope import ByMember, Reference, ScopedModel


class RecommendationState(models.TextChoices):
    """Where a recommendation stands."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    ENDED = "ended", _("Ended")


class Recommendation(ScopedModel):
    """Products that headquarters recommends to a segment, or to all, for a while.

    The one with the higher priority comes first. ``holdout`` per cent of those whom it is for are left alone, so that
    what it brings can be told: ``low`` and ``high`` are the ends of the interval of the difference of the two shares
    that bought, counted every night until it is over.
    """

    name = models.CharField(_("name"), max_length=60)
    skus = ArrayField(models.CharField(max_length=60), verbose_name=_("products (SKU)"), default=list)
    words = models.CharField(_("words"), max_length=200, help_text=_("Why, in a sentence for the member."))
    picture = models.URLField(_("address of a picture"), max_length=300, blank=True)
    segment = models.ForeignKey(
        Segment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("segment"),
        help_text=_("Empty means everybody."),
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    priority = models.PositiveSmallIntegerField(_("priority"), default=50, help_text=_("The highest comes first."))
    holdout = models.PositiveSmallIntegerField(
        _("left alone, per cent"), default=10, validators=[MaxValueValidator(50)]
    )
    state = models.CharField(
        _("state"),
        max_length=9,
        choices=RecommendationState.choices,
        default=RecommendationState.DRAFT,
        db_default="draft",
        editable=False,
    )
    shown = models.PositiveIntegerField(_("shown to"), default=0, db_default=0, editable=False)
    bought = models.PositiveIntegerField(_("of them bought"), default=0, db_default=0, editable=False)
    held = models.PositiveIntegerField(_("left alone"), default=0, db_default=0, editable=False)
    held_bought = models.PositiveIntegerField(_("of those bought"), default=0, db_default=0, editable=False)
    low = models.FloatField(_("at least"), null=True, editable=False)
    high = models.FloatField(_("at most"), null=True, editable=False)
    counted_at = models.DateTimeField(_("counted at"), null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = Reference()

    class Meta:
        verbose_name = _("product recommendation")
        verbose_name_plural = _("product recommendations")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                name="recommendation_window",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("It must end after it begins."),
            ),
            models.CheckConstraint(name="recommendation_holdout", condition=Q(holdout__lte=50)),
        )
        indexes = (models.Index(fields=["ends_on"], name="recommendation_live", condition=Q(state="published")),)

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id partners know the recommendation by."""
        return public_id("rec", self.pk)


class RecommendationView(ScopedModel):
    """When a member was first shown a recommendation, or would have been, had they not been left alone on purpose."""

    recommendation = models.ForeignKey(
        Recommendation,
        models.CASCADE,
        related_name="views",
        verbose_name=_("product recommendation"),
        db_index=False,
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))
    held_out = models.BooleanField(_("left alone"), default=False)
    at = models.DateTimeField(_("at"))

    scope = ByMember()

    class Meta:
        verbose_name = _("recommendation shown")
        verbose_name_plural = _("recommendations shown")
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=["recommendation", "member"], name="recommended_once"),)

    def __str__(self) -> str:
        return f"{self.recommendation_id} {self.member_id}"
