"""Member days: a recurring day on which members get more."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coupons.models import CouponTemplate, IssueRun
from members.models import Tier
from stores.ids import public_id
from stores.models import Store
from stores.scope import Reference, ScopedModel


class MemberDayState(models.TextChoices):
    """Whether a member day runs."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    ENDED = "ended", _("Ended")


class MemberDay(ScopedModel):
    """A recurrence (RFC 5545 RRULE) on which orders of certain tiers and stores earn more, and a coupon is issued.

    Empty tiers or stores mean all; ``opted_out`` stores take no part. ``issue_days_before`` is how many days ahead
    the coupon lands in wallets.
    """

    name = models.CharField(_("name"), max_length=80)
    recurrence = models.CharField(
        _("recurrence"), max_length=200, help_text=_("RRULE, for example FREQ=MONTHLY;BYMONTHDAY=8")
    )
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    tiers = models.ManyToManyField(Tier, blank=True, related_name="+", verbose_name=_("tiers"))
    stores = models.ManyToManyField(Store, blank=True, related_name="+", verbose_name=_("stores"))
    opted_out = models.ManyToManyField(Store, blank=True, related_name="+", verbose_name=_("stores that opted out"))
    growth_factor = models.DecimalField(_("growth factor"), max_digits=5, decimal_places=2, default=1)
    points_factor = models.DecimalField(_("points factor"), max_digits=5, decimal_places=2, default=2)
    coupon_template = models.ForeignKey(
        CouponTemplate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon to issue")
    )
    issue_days_before = models.PositiveSmallIntegerField(_("issue days before"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=MemberDayState.choices, default=MemberDayState.DRAFT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = Reference()

    class Meta:
        verbose_name = _("member day")
        verbose_name_plural = _("member days")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                name="member_day_window", condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id partners know the campaign by."""
        return public_id("cmp", self.pk)


class MemberDayOccurrence(ScopedModel):
    """One date of a member day, planned ahead: its earning rule and its coupon run exist once this row does."""

    member_day = models.ForeignKey(MemberDay, models.CASCADE, related_name="occurrences", verbose_name=_("member day"))
    on = models.DateField(_("on"))
    issue_run = models.ForeignKey(
        IssueRun, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("bulk issue")
    )
    planned_at = models.DateTimeField(_("planned at"), auto_now_add=True)

    scope = Reference()

    class Meta:
        verbose_name = _("member-day date")
        verbose_name_plural = _("member-day dates")
        ordering = ("on",)
        constraints = (models.UniqueConstraint(fields=["member_day", "on"], name="occurrence_once"),)
        indexes = (models.Index(fields=["on"], name="occurrence_by_date"),)

    def __str__(self) -> str:
        return f"{self.member_day} {self.on}"
