"""Hand-overs of members: decided at one moment, taking effect at another, told member by member."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from stores.models import Store
from stores.scope import ByGuide, ByMember, ScopedModel


class SplitRule(models.TextChoices):
    """How members are split."""

    LATEST_SERVED = "latest_served", _("By who served them last")
    EVEN = "even", _("Evenly")
    TIER = "tier", _("By tier")
    WARMTH = "warmth", _("By warmth")
    STORE = "store", _("By the store they buy in")
    MANUAL = "manual", _("By number")
    BY_HAND = "by_hand", _("One by one")


class HandOverState(models.TextChoices):
    """Where a hand-over stands."""

    WAITING = "waiting", _("Takes effect later")
    DONE = "done", _("In effect")
    BACK = "back", _("Taken back")


class HandOver(ScopedModel):
    """The members of ``giver`` (None: of nobody) go to colleagues at ``due_at``; until then nothing has changed.

    ``batch`` is that of the assignments it makes. ``request_key`` makes the second tap of the same form the first.
    """

    batch = models.UUIDField(_("batch"), default=uuid.uuid4, unique=True, editable=False)
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("handed over from")
    )
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", verbose_name=_("store"))
    rule = models.CharField(_("split"), max_length=14, choices=SplitRule.choices)
    state = models.CharField(_("state"), max_length=8, choices=HandOverState.choices, default=HandOverState.WAITING)
    planned = models.PositiveIntegerField(_("members"), default=0)
    moved = models.PositiveIntegerField(_("moved"), default=0)
    due_at = models.DateTimeField(_("takes effect at"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("decided by")
    )
    created_at = models.DateTimeField(_("decided at"), default=timezone.now)
    ended_at = models.DateTimeField(_("in effect or taken back at"), null=True)
    request_key = models.CharField(_("request key"), max_length=64, blank=True, default="", editable=False)

    scope = ByGuide(guide="created_by")

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["created_by", "request_key"], condition=~Q(request_key=""), name="hand_over_asked_once"
            ),
            models.CheckConstraint(
                name="hand_over_ended",
                condition=Q(state="waiting", ended_at=None) | ~Q(state="waiting") & Q(ended_at__isnull=False),
            ),
        )
        indexes = (models.Index(fields=["store", "-created_at"], name="hand_over_of_store"),)

    def __str__(self) -> str:
        return f"{self.giver or '—'} · {self.get_rule_display()}"


class HandedMember(ScopedModel):
    """One member of a hand-over: who looked after them when it was decided, who is to, and what came of it."""

    class State(models.TextChoices):
        """What became of one member."""

        WAITING = "waiting", _("Goes along")
        MOVED = "moved", _("Has the new guide")
        LEFT_OUT = "left_out", _("Left out")
        OVERTAKEN = "overtaken", _("Has another guide meanwhile")
        GONE = "gone", _("No longer a member")
        BACK = "back", _("Taken back")

    hand_over = models.ForeignKey(
        HandOver, models.CASCADE, related_name="members", verbose_name=_("hand-over"), db_index=False
    )
    member = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("member"))
    before = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("guide before"),
        db_index=False,
    )  # fmt: skip
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("new guide"), db_index=False
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)

    scope = ByMember()

    class Meta:
        verbose_name = _("member of a hand-over")
        verbose_name_plural = _("members of hand-overs")
        ordering = ("-hand_over", "pk")
        constraints = (
            models.UniqueConstraint(fields=["hand_over", "member"], name="handed_once"),
            # two managers cannot promise the same member to two guides
            models.UniqueConstraint(fields=["member"], condition=Q(state="waiting"), name="in_one_hand_over"),
        )
        indexes = (
            models.Index(fields=["guide", "-hand_over"], name="handed_to_guide", condition=Q(state="moved")),
            models.Index(fields=["before"], name="handed_from_guide"),
        )

    def __str__(self) -> str:
        return f"{self.member_id} → {self.guide_id}"
