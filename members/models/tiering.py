"""How tiers are held: the rules by date, who stands where and until when, grants by hand, and the history."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from members.models.tier import Tier
from stores.freetext import FreeText
from stores.models import Job
from stores.scope import ByMember, HeadquartersOnly, ScopedModel


class TierRules(ScopedModel):
    """One version of the rules of tiers: drafted, simulated, applied as of a business day, and never changed after.

    ``thresholds`` is {tier id: growth value}. Growth counts for ``window_days``; a tier is held for ``review_days`` and
    then reviewed, with a notice ``notice_days`` before and ``grace_days`` to win it back. ``effective_from`` is the
    business day from which they hold, None for the rules of the beginning.
    """

    class State(models.TextChoices):
        """How far a version is."""

        DRAFT = "draft", _("Draft")
        APPLIED = "applied", _("Applied")

    class Downgrades(models.TextChoices):
        """What becomes of members whose growth value no longer reaches their tier."""

        AT_REVIEW = "at_review", _("They keep it until their review date")
        AT_ONCE = "at_once", _("They fall at once")

    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT, editable=False)
    note = FreeText(_("what it is for"), max_length=200, blank=True)
    thresholds = models.JSONField(_("growth value needed"), default=dict)
    window_days = models.PositiveIntegerField(_("growth counts for so many days"), default=365)
    review_days = models.PositiveIntegerField(_("days until a tier is reviewed"), default=365)
    notice_days = models.PositiveIntegerField(_("days of notice before the review"), default=30)
    grace_days = models.PositiveIntegerField(_("days of grace after the review"), default=30)
    downgrades = models.CharField(
        _("members who no longer reach their tier"),
        max_length=10,
        choices=Downgrades.choices,
        default=Downgrades.AT_REVIEW,
    )
    effective_from = models.DateField(_("in force from"), null=True, blank=True, editable=False)
    simulation = models.JSONField(_("simulation"), null=True, blank=True, editable=False)
    simulated_at = models.DateTimeField(_("simulated at"), null=True, editable=False)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", verbose_name=_("job"), editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("made by"),
        editable=False,
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("tier rules")
        verbose_name_plural = _("tier rules")
        ordering = (F("effective_from").desc(nulls_last=True), "-pk")
        constraints = (
            models.CheckConstraint(
                name="tier_rules_days",
                condition=Q(window_days__range=(1, 3650))
                & Q(review_days__range=(1, 3650))
                & Q(notice_days__lte=F("review_days"))
                & Q(grace_days__lte=365),
            ),
        )

    def __str__(self) -> str:
        return self.note or f"#{self.pk}"


class TierStanding(ScopedModel):
    """Where a member stands by growth, beneath any grant. Only members above the lowest tier or with a grant have one.

    ``review_on`` is the day the tier is reviewed; ``grace_until`` is set while a failed review can still be made good
    (the tier falls on that day). ``next_on`` is the first day on which something here changes by itself.
    """

    member = models.OneToOneField(Member, models.CASCADE, primary_key=True, related_name="standing")
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="+", verbose_name=_("tier by growth"), db_index=False)
    since = models.DateTimeField(_("since"))
    review_on = models.DateField(_("reviewed on"), null=True)
    grace_until = models.DateField(_("grace until"), null=True)
    noticed_for = models.DateField(_("notice given for"), null=True)
    next_on = models.DateField(_("changes by itself on"), null=True)

    scope = ByMember()

    class Meta:
        verbose_name = _("tier standing")
        verbose_name_plural = _("tier standings")

    def __str__(self) -> str:
        return f"{self.member_id} {self.tier_id}"


class TierGrant(ScopedModel):
    """A tier given by hand until the end of a business day, with a reason. Growth goes on counting beneath it."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="tier_grants", verbose_name=_("member"))
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="+", verbose_name=_("tier"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until and with"))
    reason = FreeText(_("reason"), max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"), db_default=Now())
    revoked_on = models.DateField(_("taken back on"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("taken back by")
    )

    scope = ByMember()

    class Meta:
        verbose_name = _("tier given by hand")
        verbose_name_plural = _("tiers given by hand")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(name="grant_ends_after_start", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(name="grant_has_reason", condition=~Q(reason="")),
        )

    def __str__(self) -> str:
        return f"{self.member_id} {self.tier_id}"


class TierChange(ScopedModel):
    """A member's move from one tier to another: when and why. Append-only."""

    class Why(models.TextChoices):
        """What moved the member."""

        GROWTH = "growth", _("Growth value reached")
        RETURN = "return", _("Orders came back or were corrected")
        REVIEW = "review", _("Review not passed")
        GRANT = "grant", _("Given by hand")
        GRANT_ENDED = "grant_ended", _("Grant ended")
        RULES = "rules", _("Rules changed")
        MERGE = "merge", _("Members merged or parted")

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="tier_changes", verbose_name=_("member"), db_index=False
    )
    before = models.ForeignKey(Tier, models.PROTECT, related_name="+", verbose_name=_("from"), db_index=False)
    after = models.ForeignKey(Tier, models.PROTECT, related_name="+", verbose_name=_("to"), db_index=False)
    why = models.CharField(_("why"), max_length=12, choices=Why.choices)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    scope = ByMember()

    class Meta:
        verbose_name = _("tier change")
        verbose_name_plural = _("tier history")
        ordering = ("-at", "-pk")
        indexes = (
            models.Index(fields=["member", "at"], name="tier_changes_of_member"),
            models.Index(fields=["at"], name="tier_changes_by_time"),
            # which months were written in lately
            models.Index(fields=["recorded_at"], name="tier_changes_recorded", include=["at"]),
        )

    def __str__(self) -> str:
        return f"{self.before_id} → {self.after_id}"
