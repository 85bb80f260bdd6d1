"""Coupon packs: several coupons given together or in steps, what they consist of, and who was given which."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from coupons.models.coupon import Coupon, IssueRun, Origin
from coupons.models.template import CouponTemplate, TemplateState
from members.models import Member
from stores.ids import public_id
from stores.scope import ByMember, Reference, ScopedModel


class CouponPack(ScopedModel):
    """What HQ gives together. Its items may change; what members were given by then stays as it was."""

    name = models.CharField(_("name"), max_length=80)
    state = models.CharField(_("state"), max_length=8, choices=TemplateState.choices, default=TemplateState.DRAFT)
    note = models.CharField(_("note"), max_length=200, blank=True)
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
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    scope = Reference()

    class Meta:
        verbose_name = _("coupon pack")
        verbose_name_plural = _("coupon packs")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id partners know the pack by."""
        return public_id("pck", self.pk)


class PackItem(ScopedModel):
    """``count`` coupons of a template, given ``after_days`` business days after the pack (0: at once)."""

    pack = models.ForeignKey(CouponPack, models.CASCADE, related_name="items", verbose_name=_("coupon pack"))
    template = models.ForeignKey(CouponTemplate, models.PROTECT, related_name="+", verbose_name=_("coupon template"))
    count = models.PositiveSmallIntegerField(
        _("how many"), default=1, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    after_days = models.PositiveSmallIntegerField(_("after days"), default=0, validators=[MaxValueValidator(365)])

    scope = Reference()

    class Meta:
        verbose_name = _("coupon of a pack")
        verbose_name_plural = _("coupons of a pack")
        ordering = ("after_days", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["pack", "template", "after_days"],
                name="pack_item_once",
                violation_error_message=_("This coupon is already given on this day."),
            ),
            models.CheckConstraint(name="pack_item_count", condition=Q(count__gte=1, count__lte=20)),
        )

    def __str__(self) -> str:
        return f"{self.template} × {self.count}"


class GivenPack(ScopedModel):
    """A pack that a member was given. ``request_key`` names the occasion, so that repeating it gives nothing twice."""

    pack = models.ForeignKey(CouponPack, models.PROTECT, related_name="+", verbose_name=_("coupon pack"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))
    origin = models.CharField(_("given by"), max_length=10, choices=Origin.choices)
    origin_id = models.BigIntegerField(_("given by number"), null=True, blank=True)
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("guide"),
        db_index=False,
    )
    run = models.ForeignKey(
        IssueRun, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("bulk issue")
    )
    request_key = models.CharField(_("request key"), max_length=80)
    is_double = models.BooleanField(_("second one after a merge"), default=False, db_default=False, editable=False)
    given_at = models.DateTimeField(_("given at"), db_default=Now())

    scope = ByMember()

    class Meta:
        verbose_name = _("given pack")
        verbose_name_plural = _("given packs")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["member", "pack", "request_key"], name="pack_given_once", condition=Q(is_double=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.member_id} {self.pack}"


class PackStep(ScopedModel):
    """One coupon of a given pack: due at a moment, then in the wallet, or refused with a reason.

    ``held`` is what it holds of the budget of the partner who gave the pack, in yuan; it goes back with a refusal.
    """

    given = models.ForeignKey(GivenPack, models.CASCADE, related_name="steps", verbose_name=_("given pack"))
    template = models.ForeignKey(CouponTemplate, models.PROTECT, related_name="+", verbose_name=_("coupon template"))
    nth = models.PositiveSmallIntegerField(_("number"))
    due_at = models.DateTimeField(_("due at"))
    coupon = models.OneToOneField(
        Coupon, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon")
    )
    refusal = models.CharField(_("why not given"), max_length=40, blank=True)
    held = models.DecimalField(
        _("held of the partner's budget"), max_digits=10, decimal_places=2, null=True, blank=True
    )

    scope = ByMember("given__member")

    class Meta:
        verbose_name = _("step of a pack")
        verbose_name_plural = _("steps of packs")
        ordering = ("given", "nth")
        constraints = (
            models.UniqueConstraint(fields=["given", "nth"], name="pack_step_once"),
            models.CheckConstraint(name="pack_step_given_or_not", condition=Q(coupon=None) | Q(refusal="")),
        )
        indexes = (models.Index(fields=["due_at"], name="pack_step_due", condition=Q(coupon=None, refusal="")),)

    def __str__(self) -> str:
        return f"{self.given_id} {self.nth}"
