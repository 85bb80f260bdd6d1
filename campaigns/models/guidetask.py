"""Guide tasks, and the scripts that give a guide words."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from coupons.models import CouponTemplate
from members.models import Member
from stores.models import Store
from stores.scope import ByGuide, Reference, ScopedModel


class Reason(models.TextChoices):
    """Why a guide should get in touch now; campaigns.reasons plans each."""

    COUPON_EXPIRING = "coupon_expiring", _("Coupon about to expire")
    GOLDEN_WINDOW = "golden_window", _("Two weeks after the first order")
    NTH_ORDER = "nth_order", _("Nth order")
    BIRTHDAY = "birthday", _("Birthday")
    DECLINING = "declining", _("About to be lost")
    JOURNEY = "journey", _("Customer journey")
    INVITATION = "invitation", _("Invitation to a campaign")
    FOLLOW_UP = "follow_up", _("Follow-up of one's own")
    RECOMMENDATION = "recommendation", _("Recommended product")


class TaskState(models.TextChoices):
    """Where a task stands."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    DISMISSED = "dismissed", _("Not suitable")
    LAPSED = "lapsed", _("Too late")


class Outcome(models.TextChoices):
    """How a task ended."""

    SENT = "sent", _("Offer or message sent")
    REACHED = "reached", _("Reached")
    NO_ANSWER = "no_answer", _("No answer")
    REFUSED = "refused", _("Does not want to be contacted")
    BOUGHT = "bought", _("Bought")


class GuideTask(ScopedModel):
    """A touch that a person does: one member, one reason, one occurrence, with a last day.

    ``why`` holds the figures of the one line "why now" (never its words), ``value`` is the expected yuan it ranks by.
    """

    member = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("member"))
    guide = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("guide"))
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices)
    occurrence = models.CharField(_("occurrence"), max_length=40, db_collation="C")
    due_on = models.DateField(_("last day"))
    value = models.DecimalField(_("expected value"), max_digits=10, decimal_places=2, default=0, db_default=0)
    why = models.JSONField(_("figures"), default=dict, db_default={})
    template = models.ForeignKey(
        CouponTemplate, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("suggested coupon")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=TaskState.choices, default=TaskState.OPEN, db_default="open"
    )
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    escalated_at = models.DateTimeField(_("shown to the manager since"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True, db_default="")
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    scope = ByGuide()

    class Meta:
        verbose_name = _("guide task")
        verbose_name_plural = _("guide tasks")
        ordering = ("due_on", "-value", "pk")
        constraints = (
            models.UniqueConstraint(fields=["member", "reason", "occurrence"], name="task_once_per_occurrence"),
            models.CheckConstraint(
                name="closed_task_has_a_time",
                condition=Q(state="open", closed_at=None) | ~Q(state="open") & Q(closed_at__isnull=False),
            ),
        )
        indexes = (
            models.Index(fields=["guide", "due_on"], name="task_open_of_guide", condition=Q(state="open")),
            models.Index(fields=["store", "due_on"], name="task_open_of_store", condition=Q(state="open")),
            models.Index(fields=["guide", "closed_at"], name="task_closed_of_guide", condition=~Q(state="open")),
            models.Index(fields=["due_on"], name="task_open_by_day", condition=Q(state="open")),
        )

    def __str__(self) -> str:
        return f"{self.get_reason_display()} · {self.member}"


class ReasonSetting(ScopedModel):
    """What HQ sets per reason: whether it is planned, how far it looks, what it suggests and what it is worth.

    ``days`` is how far ahead a birthday or an expiry is seen, how long the golden window is, how long a task of the
    others stays open. ``uplift_percent`` is the share of an average basket that acting is expected to bring, until what
    was measured tells better: ``contacted`` members for the reason, of whom so many ``bought`` within the days of an
    attribution (campaigns.reasons.chances). Without a row the defaults of campaigns.reasons hold.
    """

    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices, unique=True)
    is_active = models.BooleanField(_("active"), default=True)
    template = models.ForeignKey(
        CouponTemplate, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("suggested coupon")
    )
    days = models.PositiveSmallIntegerField(
        _("days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("How far it looks ahead, or how long a task stays open. Empty: the default of the reason."),
    )
    uplift_percent = models.PositiveSmallIntegerField(
        _("expected uplift in percent"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=_("Share of an average basket that acting is expected to bring. Tasks rank by it."),
    )
    contacted = models.PositiveIntegerField(_("contacts measured"), default=0, db_default=0, editable=False)
    bought = models.PositiveIntegerField(_("bought after it"), default=0, db_default=0, editable=False)
    measured_on = models.DateField(_("measured on"), null=True, editable=False)

    scope = Reference()

    class Meta:
        verbose_name = _("setting of a task reason")
        verbose_name_plural = _("settings of task reasons")
        ordering = ("reason",)

    def __str__(self) -> str:
        return self.get_reason_display()


class Script(ScopedModel):
    """Words a guide may use, with variables in braces: {name} {guide} {store} {usual} {product} {coupon}
    {until}."""

    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices, blank=True)
    style = models.CharField(_("style"), max_length=20)
    text = models.CharField(_("text"), max_length=300)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    scope = Reference()

    class Meta:
        verbose_name = _("script")
        verbose_name_plural = _("scripts")
        ordering = ("reason", "position", "pk")

    def __str__(self) -> str:
        return f"{self.style}: {self.text[:30]}"
