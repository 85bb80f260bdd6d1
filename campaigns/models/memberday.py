"""Campaigns with dates: the recurring day on which members get more, and the campaign from one day to another."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.message import Channel, MessageTemplate
from coupons.models import CouponTemplate, IssueRun
from members.models import Member, Segment, Tier
from stores.ids import public_id
from stores.models import Store
from stores.scope import ByMember, Reference, ScopedModel


class CampaignKind(models.TextChoices):
    """How a campaign lies in the calendar."""

    RECURRING = "recurring", _("Recurring member day")
    DATED = "dated", _("Campaign from one day to another")


class MemberDayState(models.TextChoices):
    """Whether a member day runs."""

    DRAFT = "draft", _("Draft")
    WAITING = "waiting", _("Waiting for approval")
    PUBLISHED = "published", _("Published")
    ENDED = "ended", _("Ended")


class MemberDay(ScopedModel):
    """Dates on which orders of certain tiers and stores earn more; members get a coupon, messages and invitations.

    A recurring one comes by ``recurrence`` (RFC 5545 RRULE) between ``starts_on`` and ``ends_on``; a dated one runs
    once, on every day from the first to the last. Empty tiers, stores or segment mean all; ``opted_out`` stores take no
    part. The coupon lands in wallets ``issue_days_before`` a date; ``invite_days_before`` it, guides are asked to
    invite at most ``invite_most`` members each (None asks nobody). ``holdout_percent`` of the members get neither
    coupon nor message nor invitation, by their buckets; what the till gives is for everybody.
    """

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=9, choices=CampaignKind.choices, default=CampaignKind.RECURRING)
    recurrence = models.CharField(
        _("recurrence"), max_length=200, blank=True, help_text=_("RRULE, for example FREQ=MONTHLY;BYMONTHDAY=8")
    )
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    tiers = models.ManyToManyField(Tier, blank=True, related_name="+", verbose_name=_("tiers"))
    stores = models.ManyToManyField(Store, blank=True, related_name="+", verbose_name=_("stores"))
    opted_out = models.ManyToManyField(Store, blank=True, related_name="+", verbose_name=_("stores that opted out"))
    segment = models.ForeignKey(
        Segment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("segment")
    )
    growth_factor = models.DecimalField(_("growth factor"), max_digits=5, decimal_places=2, default=1)
    points_factor = models.DecimalField(_("points factor"), max_digits=5, decimal_places=2, default=2)
    coupon_template = models.ForeignKey(
        CouponTemplate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon to issue")
    )
    issue_days_before = models.PositiveSmallIntegerField(
        _("issue days before"), default=0, validators=[MaxValueValidator(30)]
    )
    invite_days_before = models.PositiveSmallIntegerField(
        _("guides invite days before"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(30)],
        help_text=_("Empty means that guides are not asked to invite."),
    )
    invite_most = models.PositiveSmallIntegerField(
        _("invitations per guide at most"), default=20, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    holdout_percent = models.PositiveSmallIntegerField(
        _("control group in percent"), default=10, validators=[MaxValueValidator(50)]
    )
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
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("approval asked for by"),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    decision_note = models.CharField(_("note on the decision"), max_length=200, blank=True, editable=False)

    scope = Reference()

    class Meta:
        verbose_name = _("member day")
        verbose_name_plural = _("member days")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                name="member_day_window", condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="member_day_kind",
                condition=Q(kind="recurring") & ~Q(recurrence="")
                | Q(kind="dated", recurrence="", ends_on__isnull=False),
            ),
            models.CheckConstraint(name="member_day_holdout", condition=Q(holdout_percent__lte=50)),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id partners know the campaign by."""
        return public_id("cmp", self.pk)


class EarlyAccess(ScopedModel):
    """A tier for which a campaign begins some days before the others: multipliers and promotions, not the coupon."""

    member_day = models.ForeignKey(
        MemberDay, models.CASCADE, related_name="early_access", verbose_name=_("member day"), db_index=False
    )
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="+", verbose_name=_("tier"))
    days = models.PositiveSmallIntegerField(
        _("days early"), default=1, validators=[MinValueValidator(1), MaxValueValidator(14)]
    )

    scope = Reference()

    class Meta:
        verbose_name = _("early access")
        verbose_name_plural = _("early access")
        ordering = ("-days", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["member_day", "tier"],
                name="early_access_once",
                violation_error_message=_("This tier begins early already."),
            ),
            models.CheckConstraint(name="early_access_days", condition=Q(days__gte=1, days__lte=14)),
        )

    def __str__(self) -> str:
        return f"{self.tier} −{self.days}"


class CampaignMessage(ScopedModel):
    """Words sent for each date of a campaign, one for a channel: ``days_before`` it, from the hour ``at_hour`` on."""

    member_day = models.ForeignKey(
        MemberDay, models.CASCADE, related_name="messages", verbose_name=_("member day"), db_index=False
    )
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices, editable=False)
    message = models.ForeignKey(MessageTemplate, models.PROTECT, related_name="+", verbose_name=_("message"))
    days_before = models.PositiveSmallIntegerField(_("days before"), default=1, validators=[MaxValueValidator(30)])
    at_hour = models.PositiveSmallIntegerField(
        _("from the hour"), default=10, validators=[MinValueValidator(6), MaxValueValidator(22)]
    )

    scope = Reference()

    class Meta:
        verbose_name = _("message of a campaign")
        verbose_name_plural = _("messages of campaigns")
        ordering = ("-days_before", "pk")
        constraints = (models.UniqueConstraint(fields=["member_day", "channel"], name="one_message_per_channel"),)

    def __str__(self) -> str:
        return f"{self.message} −{self.days_before}"


class MemberDayOccurrence(ScopedModel):
    """One date of a campaign, planned ahead; a dated campaign has one, which lasts ``until`` its last day.

    Once its members are ``enrolled_at`` it is fixed who they are: ``members`` of them, ``held_out`` of these left alone
    on purpose. One that was ``withdrawn_at`` a moment does not come.
    """

    member_day = models.ForeignKey(MemberDay, models.CASCADE, related_name="occurrences", verbose_name=_("member day"))
    on = models.DateField(_("on"))
    until = models.DateField(_("last day"))
    issue_run = models.ForeignKey(
        IssueRun, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("bulk issue")
    )
    members = models.PositiveIntegerField(_("members"), default=0, db_default=0)
    held_out = models.PositiveIntegerField(_("control group"), default=0, db_default=0)
    enrolled_at = models.DateTimeField(_("members fixed at"), null=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, editable=False)
    planned_at = models.DateTimeField(_("planned at"), auto_now_add=True)

    scope = Reference()

    class Meta:
        verbose_name = _("member-day date")
        verbose_name_plural = _("member-day dates")
        ordering = ("on",)
        constraints = (
            models.UniqueConstraint(fields=["member_day", "on"], name="occurrence_once"),
            models.CheckConstraint(name="occurrence_window", condition=Q(until__gte=F("on"))),
        )
        indexes = (
            models.Index(fields=["on"], name="occurrence_by_date"),
            models.Index(fields=["until"], name="occurrence_by_end"),
        )

    def __str__(self) -> str:
        return f"{self.member_day} {self.on}"


class Participant(ScopedModel):
    """A member whom a date of a campaign is for, as it stood when its members were fixed; held out or not.

    What the campaign is measured by: whoever was to get it, got it or not. Written in bulk, so that the database checks
    no keys here; the audit watches (members.dangling).
    """

    occurrence = models.ForeignKey(
        MemberDayOccurrence,
        models.CASCADE,
        related_name="+",
        verbose_name=_("member-day date"),
        db_index=False,
        db_constraint=False,
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"), db_constraint=False)
    held_out = models.BooleanField(_("control group"), default=False, db_default=False)

    scope = ByMember()

    class Meta:
        verbose_name = _("member of a campaign")
        verbose_name_plural = _("members of campaigns")
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=["occurrence", "member"], name="takes_part_once"),)

    def __str__(self) -> str:
        return f"{self.occurrence_id} {self.member_id}"
