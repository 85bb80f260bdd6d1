"""Customer journeys: their versions, who is on the way through them, and what happened to whom at which step."""

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import Member
from stores.freetext import FreeText
from stores.scope import ByMember, Reference, ScopedModel


class JourneyState(models.TextChoices):
    """Whether members enter a journey and move on in it."""

    DRAFT = "draft", _("Draft")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    ENDED = "ended", _("Ended")


class Reentry(models.TextChoices):
    """Whether somebody who was on a journey may enter it again."""

    ONCE = "once", _("Once in a lifetime")
    AFTER = "after", _("Again after some days")
    ALWAYS = "always", _("Whenever the trigger fits and they are not on it")


class Journey(ScopedModel):
    """A named automation. Its steps live in versions; ``version`` is the one that members enter now.

    ``holdout_percent`` of those who enter are left alone on purpose; who they are follows from their bucket.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    note = FreeText(pgettext_lazy("journey", "what it is for"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=JourneyState.choices, default=JourneyState.DRAFT)
    reentry = models.CharField(_("entering again"), max_length=6, choices=Reentry.choices, default=Reentry.ONCE)
    reentry_days = models.PositiveSmallIntegerField(_("days until they may enter again"), default=90)
    holdout_percent = models.PositiveSmallIntegerField(
        _("control group in percent"), default=10, validators=[MaxValueValidator(50)]
    )
    version = models.ForeignKey(
        "JourneyVersion", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("version")
    )
    problem = models.CharField(_("why it stopped by itself"), max_length=300, blank=True, editable=False)
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
        verbose_name = _("journey")
        verbose_name_plural = _("journeys")
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(name="journey_holdout", condition=Q(holdout_percent__lte=50)),
            models.CheckConstraint(
                name="running_journey_has_a_version",
                condition=Q(state="draft") | Q(version__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.name


class VersionState(models.TextChoices):
    """How far a version is."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Replaced")


class JourneyVersion(ScopedModel):
    """One version of the steps (campaigns.journeys.flows reads ``flow``). Published, it never changes again."""

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="versions", verbose_name=_("journey"))
    number = models.PositiveIntegerField(_("version"))
    flow = models.JSONField(_("steps"))
    state = models.CharField(_("state"), max_length=9, choices=VersionState.choices, default=VersionState.DRAFT)
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("published by"),
    )

    scope = Reference()

    class Meta:
        verbose_name = _("version of a journey")
        verbose_name_plural = _("versions of journeys")
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=["journey", "number"], name="version_numbered_once"),
            models.UniqueConstraint(fields=["journey"], condition=Q(state="draft"), name="one_draft_per_journey"),
            models.UniqueConstraint(
                fields=["journey"], condition=Q(state="published"), name="one_version_in_force_per_journey"
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="published_steps_stay",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state="draft") & pgtrigger.Q(old__flow__df=pgtrigger.F("new__flow")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.journey} v{self.number}"


class Arm(models.TextChoices):
    """What a member gets of the journey they entered."""

    TREATED = "treated", _("Goes through the steps")
    CONTROL = "control", _("Control group: left alone")


class TripState(models.TextChoices):
    """Where a trip stands."""

    ACTIVE = "active", _("On the way")
    GOAL = "goal", _("Reached the goal")
    THROUGH = "through", _("Went through all steps")
    LEFT = "left", _("Left")


class Trip(ScopedModel):
    """A member's way through one version of a journey.

    ``entry`` names what let them in, so that nothing lets them in twice. ``step`` is where they stand; they are looked
    at again at ``due_at``. While ``waiting``, an event of the kind ``awaits`` makes them due at once and sets
    ``arrived``. Whoever is in the control group stands at no step, and is watched for the goal like everybody else.
    The database checks no keys here nor in visits: they are written in bulk, and the audit watches (members.dangling).
    """

    journey = models.ForeignKey(
        Journey, models.CASCADE, related_name="+", verbose_name=_("journey"), db_index=False, db_constraint=False
    )
    version = models.ForeignKey(
        JourneyVersion, models.CASCADE, related_name="+", verbose_name=_("version"), db_index=False, db_constraint=False
    )
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="+", verbose_name=_("member"), db_index=False, db_constraint=False
    )
    entry = models.CharField(_("entered by"), max_length=40, db_collation="C")
    arm = models.CharField(_("arm"), max_length=8, choices=Arm.choices)
    state = models.CharField(_("state"), max_length=8, choices=TripState.choices, default=TripState.ACTIVE)
    why = models.CharField(_("why it ended"), max_length=24, blank=True, db_default="")
    step = models.CharField(_("step"), max_length=12, blank=True, db_default="", db_collation="C")
    waiting = models.BooleanField(_("waiting"), default=False, db_default=False)
    awaits = models.CharField(_("waits for"), max_length=40, blank=True, db_default="", db_collation="C")
    arrived = models.BooleanField(_("what it waited for came"), default=False, db_default=False)
    due_at = models.DateTimeField(_("looked at again at"), null=True)
    entered_at = models.DateTimeField(_("entered at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)

    scope = ByMember()

    class Meta:
        verbose_name = _("trip through a journey")
        verbose_name_plural = _("trips through journeys")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["member", "journey", "entry"], name="entered_once"),
            models.UniqueConstraint(
                fields=["member", "journey"], condition=Q(state="active"), name="on_a_journey_once"
            ),
            models.CheckConstraint(
                name="ended_trip_has_a_time",
                condition=Q(state="active", ended_at=None) | ~Q(state="active") & Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(name="control_is_left_alone", condition=Q(arm="treated") | Q(step="", due_at=None)),
        )
        indexes = (
            models.Index(
                fields=["version", "step", "due_at"], name="trip_due", condition=Q(state="active", due_at__isnull=False)
            ),
            models.Index(fields=["journey", "entered_at"], name="trip_of_journey"),
        )

    def __str__(self) -> str:
        return f"{self.journey_id} {self.member_id}"


class Visit(ScopedModel):
    """What came of a step for somebody. Append-only. ``subject`` is the row that came of it, such as a coupon;
    ``skipped`` says that they went on without what the step is for.
    """

    trip = models.ForeignKey(Trip, models.CASCADE, related_name="visits", verbose_name=_("trip"), db_constraint=False)
    version = models.ForeignKey(
        JourneyVersion, models.CASCADE, related_name="+", verbose_name=_("version"), db_index=False, db_constraint=False
    )
    step = models.CharField(_("step"), max_length=12, db_collation="C")
    outcome = models.CharField(_("outcome"), max_length=24, db_collation="C")
    skipped = models.BooleanField(_("went on without"), default=False, db_default=False)
    subject = models.BigIntegerField(_("subject"), null=True)
    at = models.DateTimeField(_("at"))

    scope = ByMember("trip__member")

    class Meta:
        verbose_name = _("step of a trip")
        verbose_name_plural = _("steps of trips")
        ordering = ("pk",)
        indexes = (
            # Those who went on without are few, and asked for by name.
            models.Index(fields=["version", "step", "-id"], name="visit_skipped", condition=Q(skipped=True)),
        )

    def __str__(self) -> str:
        return f"{self.trip_id} {self.step}: {self.outcome}"


class StepTally(ScopedModel):
    """How often a step of a version ended in which outcome on a day, counted along with the visits themselves."""

    version = models.ForeignKey(
        JourneyVersion, models.CASCADE, related_name="+", verbose_name=_("version"), db_index=False
    )
    step = models.CharField(_("step"), max_length=12, db_collation="C")
    outcome = models.CharField(_("outcome"), max_length=24, db_collation="C")
    day = models.DateField(_("day"))
    trips = models.PositiveIntegerField(_("trips"), default=0)

    scope = Reference()

    class Meta:
        verbose_name = _("tally of a step")
        verbose_name_plural = _("tallies of steps")
        constraints = (models.UniqueConstraint(fields=["version", "step", "outcome", "day"], name="tallied_once"),)

    def __str__(self) -> str:
        return f"{self.version_id} {self.step} {self.outcome} {self.day}: {self.trips}"
