"""Referrals: members invite friends, and both are rewarded after the friend's first order."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from coupons.models import Coupon, CouponTemplate
from members.models import Member, Order, PointsEntry
from stores.freetext import FreeText
from stores.scope import ByMember, HeadquartersOnly, Reference, ScopedModel


class ReferralProgramme(ScopedModel):
    """What inviting brings. Of those that run on a day the latest holds; a referral keeps the one it began under.

    ``monthly_ceiling`` is for how many friends a month an inviter is rewarded; ``order_within_days`` how long a friend
    has for the first order; goods of it that come back within ``return_days`` take the rewards back.
    """

    name = FreeText(_("name"), max_length=80)
    starts_on = models.DateField(_("valid from"))
    ends_on = models.DateField(_("valid until and with"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    inviter_template = models.ForeignKey(
        CouponTemplate, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("coupon for the inviter"),
    )  # fmt: skip
    inviter_points = models.PositiveIntegerField(
        _("points for the inviter"), default=0, validators=[MaxValueValidator(100_000)]
    )
    friend_template = models.ForeignKey(
        CouponTemplate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon for the friend")
    )
    friend_points = models.PositiveIntegerField(
        _("points for the friend"), default=0, validators=[MaxValueValidator(100_000)]
    )
    monthly_ceiling = models.PositiveSmallIntegerField(
        _("friends rewarded per inviter and month"), default=10, validators=[MinValueValidator(1)]
    )
    least_amount = models.DecimalField(
        _("first order from, in yuan"), max_digits=10, decimal_places=2, default=0,
        validators=[MinValueValidator(0)],
    )  # fmt: skip
    order_within_days = models.PositiveSmallIntegerField(
        _("days for the first order"), default=30, validators=[MinValueValidator(1)]
    )
    return_days = models.PositiveSmallIntegerField(_("days in which a return takes the rewards back"), default=15)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+",
        verbose_name=_("created by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = Reference()

    class Meta:
        verbose_name = _("referral programme")
        verbose_name_plural = _("referral programmes")
        ordering = ("-starts_on", "-pk")
        constraints = (
            models.CheckConstraint(
                name="referral_programme_days",
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                name="referral_rewards_something",
                condition=Q(inviter_template__isnull=False)
                | Q(inviter_points__gt=0)
                | Q(friend_template__isnull=False)
                | Q(friend_points__gt=0),
                violation_error_message=_("Choose a coupon or points for one side at least."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class InviteCode(ScopedModel):
    """The code by which a member invites friends. The oldest is the one shown; a merge may bring a second along."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("member"))
    code = models.CharField(_("code"), max_length=8, unique=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    scope = ByMember()

    class Meta:
        verbose_name = _("invite code")
        verbose_name_plural = _("invite codes")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.code


class ReferralState(models.TextChoices):
    """What became of an invitation."""

    PENDING = "pending", _("Waits for the first order")
    REWARDED = "rewarded", _("Rewarded")
    VOID = "void", _("Void")


class VoidReason(models.TextChoices):
    """Why there is no reward."""

    SAME_PERSON = "same_person", _("the same person")
    SAME_DEVICE = "same_device", _("the same phone was used")
    SAME_ADDRESS = "same_address", _("the same address")
    ORDERED_BEFORE = "ordered_before", _("had ordered before")
    NO_ORDER = "no_order", _("no order in time")
    RETURNED = "returned", _("the first order came back")
    ERASED = "erased", _("the member was erased")
    BY_HAND = "by_hand", _("taken back by headquarters")


class Referral(ScopedModel):
    """A friend who came by a member's invitation. A friend is invited once.

    ``inviter_why`` says why the inviter got nothing (``ceiling``, or the code of a coupon's refusal), ``friend_why``
    the same of the friend. ``kept`` is what could not be taken back, since it had been used.
    """

    programme = models.ForeignKey(
        ReferralProgramme, models.PROTECT, related_name="+", verbose_name=_("referral programme")
    )
    inviter = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("inviter"))
    friend = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("friend"))
    state = models.CharField(_("state"), max_length=8, choices=ReferralState.choices, default=ReferralState.PENDING)
    reason = models.CharField(_("why void"), max_length=14, choices=VoidReason.choices, blank=True)
    device = models.BinaryField(_("device"), max_length=16, null=True, editable=False)
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("first order")
    )
    inviter_coupon = models.ForeignKey(
        Coupon, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon of the inviter")
    )
    friend_coupon = models.ForeignKey(
        Coupon, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon of the friend")
    )
    inviter_points = models.ForeignKey(
        PointsEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("points of the inviter")
    )
    friend_points = models.ForeignKey(
        PointsEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("points of the friend")
    )
    inviter_why = models.CharField(_("why nothing for the inviter"), max_length=40, blank=True)
    friend_why = models.CharField(_("why nothing for the friend"), max_length=40, blank=True)
    kept = models.JSONField(_("not taken back"), default=dict, blank=True)
    created_at = models.DateTimeField(_("invited at"), db_default=Now())
    due_at = models.DateTimeField(_("order until"))
    rewarded_at = models.DateTimeField(_("rewarded at"), null=True)
    ended_at = models.DateTimeField(_("void since"), null=True)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["friend"], name="friend_invited_once"),
            models.UniqueConstraint(fields=["order"], name="referral_rewarded_once_per_order"),
            models.CheckConstraint(
                name="referral_state_fits",
                condition=Q(state="pending", order=None, rewarded_at=None, reason="", ended_at=None)
                | Q(state="rewarded", order__isnull=False, rewarded_at__isnull=False, reason="", ended_at=None)
                | Q(state="void", ended_at__isnull=False) & ~Q(reason=""),
            ),
        )
        indexes = (
            models.Index(fields=["inviter", "rewarded_at"], name="referral_of_inviter"),
            models.Index(fields=["due_at"], name="referral_waiting", condition=Q(state="pending")),
            models.Index(fields=["programme", "state"], name="referral_of_programme"),
        )

    def __str__(self) -> str:
        return f"{self.inviter_id} → {self.friend_id}"
