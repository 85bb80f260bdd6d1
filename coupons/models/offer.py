"""One-to-one offers of guides, and the quotas and budgets that bound them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons.models.coupon import Coupon
from coupons.models.template import CouponTemplate, CouponTerms
from members.models import Member
from stores.models import Store
from stores.scope import ByGuide, ByStore, ScopedModel


class OfferQuota(ScopedModel):
    """How many of a template a guide has sent in a month (its first day). The limit is copied when first used."""

    guide = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("guide"))
    template = models.ForeignKey(CouponTemplate, models.CASCADE, related_name="+", verbose_name=_("coupon template"))
    month = models.DateField(_("month"))
    limit = models.PositiveIntegerField(_("limit"))
    used = models.PositiveIntegerField(_("used"), default=0)

    scope = ByGuide(store="guide__store")

    class Meta:
        verbose_name = _("guide's quota")
        verbose_name_plural = _("guides' quotas")
        ordering = ("-month", "guide")
        constraints = (
            models.UniqueConstraint(fields=["guide", "template", "month"], name="one_quota_per_month"),
            models.CheckConstraint(name="quota_holds", condition=Q(used__lte=F("limit"))),
        )

    def __str__(self) -> str:
        return f"{self.used}/{self.limit}"


class StoreBudget(ScopedModel):
    """What the guides of a store may give away in offers in a month, at face value in yuan."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="+", verbose_name=_("store"))
    month = models.DateField(_("month"))
    limit = models.DecimalField(_("limit"), max_digits=12, decimal_places=2)
    used = models.DecimalField(_("used"), max_digits=12, decimal_places=2, default=0)

    scope = ByStore()

    class Meta:
        verbose_name = _("store's offer budget")
        verbose_name_plural = _("stores' offer budgets")
        ordering = ("-month", "store")
        constraints = (
            models.UniqueConstraint(fields=["store", "month"], name="one_budget_per_month"),
            models.CheckConstraint(name="store_budget_holds", condition=Q(used__gte=0) & Q(used__lte=F("limit"))),
        )

    def __str__(self) -> str:
        return f"{self.used}/{self.limit}"


class OfferState(models.TextChoices):
    """Where an offer stands."""

    QUEUED = "queued", _("Leaves in a moment")
    SENT = "sent", _("Sent")
    TAKEN_BACK = "taken_back", _("Taken back")
    RECALLED = "recalled", _("Recalled")
    FAILED = "failed", _("Not sent")


class Offer(ScopedModel):
    """A coupon and words from a guide to one member. Waits ``leaves_at`` so that it can be taken back.

    ``text`` is what the member reads, variables filled in, exactly as previewed. Without a template it is words only.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))
    guide = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("guide"))
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    template = models.ForeignKey(
        CouponTemplate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon template")
    )
    terms = models.ForeignKey(
        CouponTerms, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("terms")
    )
    coupon = models.OneToOneField(
        Coupon, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon")
    )
    text = models.CharField(_("message"), max_length=500)
    channel = models.CharField(_("channel"), max_length=20)
    reason = models.CharField(_("occasion"), max_length=20, blank=True)
    task_id = models.BigIntegerField(_("task"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=OfferState.choices, default=OfferState.QUEUED)
    face_value = models.DecimalField(_("face value"), max_digits=10, decimal_places=2, default=0)
    request_key = models.CharField(_("request key"), max_length=64)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    leaves_at = models.DateTimeField(_("leaves at"))
    sent_at = models.DateTimeField(_("sent at"), null=True)
    ended_at = models.DateTimeField(_("taken back at"), null=True)
    refusal = models.CharField(_("why not sent"), max_length=200, blank=True)

    scope = ByGuide()

    class Meta:
        verbose_name = _("one-to-one offer")
        verbose_name_plural = _("one-to-one offers")
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=["guide", "request_key"], name="offer_sent_once"),)
        indexes = (
            models.Index(fields=["leaves_at"], name="offer_leaving", condition=Q(state="queued")),
            models.Index(fields=["guide", "-created_at"], name="offer_of_guide"),
            models.Index(fields=["member", "-created_at"], name="offer_of_member"),
        )

    def __str__(self) -> str:
        return f"{self.guide} → {self.member}"
