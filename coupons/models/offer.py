"""One-to-one offers of guides, and the quotas and budgets that bound them."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons.models.coupon import Coupon
from coupons.models.template import CouponTemplate, CouponTerms
from members.models import Member
from stores.freetext import FreeText
from stores.models import Store
from stores.scope import ByGuide, ByStore, ScopedModel

LESS_THAN_USED = _("More than this has been sent already.")


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
            models.CheckConstraint(
                name="quota_holds", condition=Q(used__lte=F("limit")), violation_error_message=LESS_THAN_USED
            ),
        )

    def __str__(self) -> str:
        return f"{self.used}/{self.limit}"


class Budget(ScopedModel):
    """What may be given away in offers in a month (its first day): in yuan at face value, and in coupons.

    An empty limit bounds nothing. The limits are copied from the policy when first used.
    """

    month = models.DateField(_("month"))
    limit = models.DecimalField(
        _("yuan at most"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("At face value. Empty means without limit."),
    )
    used = models.DecimalField(_("used"), max_digits=12, decimal_places=2, default=0)
    count_limit = models.PositiveIntegerField(
        _("coupons at most"), null=True, blank=True, help_text=_("Empty means without limit.")
    )
    count_used = models.PositiveIntegerField(_("coupons sent"), default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.used}/{self.limit}"


class GuideBudget(Budget):
    """What one guide may give away in a month."""

    guide = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("guide"))

    scope = ByGuide(store="guide__store")

    class Meta:
        verbose_name = _("guide's offer budget")
        verbose_name_plural = _("guides' offer budgets")
        ordering = ("-month", "guide")
        constraints = (
            models.UniqueConstraint(fields=["guide", "month"], name="one_guide_budget_per_month"),
            models.CheckConstraint(
                name="guide_budget_holds",
                condition=Q(used__gte=0) & (Q(limit=None) | Q(used__lte=F("limit"))),
                violation_error_message=LESS_THAN_USED,
            ),
            models.CheckConstraint(
                name="guide_budget_count_holds",
                condition=Q(count_limit=None) | Q(count_used__lte=F("count_limit")),
                violation_error_message=LESS_THAN_USED,
            ),
        )


class StoreBudget(Budget):
    """What the guides of a store may give away in a month."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="+", verbose_name=_("store"))

    scope = ByStore()

    class Meta:
        verbose_name = _("store's offer budget")
        verbose_name_plural = _("stores' offer budgets")
        ordering = ("-month", "store")
        constraints = (
            models.UniqueConstraint(fields=["store", "month"], name="one_budget_per_month"),
            models.CheckConstraint(
                name="store_budget_holds",
                condition=Q(used__gte=0) & (Q(limit=None) | Q(used__lte=F("limit"))),
                violation_error_message=LESS_THAN_USED,
            ),
            models.CheckConstraint(
                name="store_budget_count_holds",
                condition=Q(count_limit=None) | Q(count_used__lte=F("count_limit")),
                violation_error_message=LESS_THAN_USED,
            ),
        )


class TopUpState(models.TextChoices):
    """Where a request for more stands."""

    ASKED = "asked", _("Asked")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Closed")


class TopUp(ScopedModel):
    """A guide asks for more of a month: of a coupon's quota (``template`` and ``count``), or of their budget (``value``
    in yuan, ``count`` of coupons, or both). Whoever leads the store decides; a refusal has a reason.

    With ``of_store`` the manager (``guide``) asks for the store's own budget, and those above decide."""

    guide = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("guide"))
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    template = models.ForeignKey(
        CouponTemplate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon template")
    )
    of_store = models.BooleanField(_("for the whole store"), default=False)
    month = models.DateField(_("month"))
    count = models.PositiveIntegerField(_("how many more"), null=True, blank=True)
    value = models.DecimalField(_("how much more, in yuan"), max_digits=10, decimal_places=2, null=True, blank=True)
    reason = FreeText(_("reason"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=TopUpState.choices, default=TopUpState.ASKED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = FreeText(_("answer"), max_length=200, blank=True)
    seen_at = models.DateTimeField(_("answer seen at"), null=True, blank=True)
    created_at = models.DateTimeField(_("asked at"), default=timezone.now)

    scope = ByGuide()

    class Meta:
        verbose_name = _("request for more offers")
        verbose_name_plural = _("requests for more offers")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["guide", "template", "month", "of_store"],
                name="one_open_top_up",
                nulls_distinct=False,
                condition=Q(state="asked"),
            ),
            models.CheckConstraint(
                name="top_up_asks_for_something",
                condition=Q(template__isnull=False, count__gt=0, value=None, of_store=False)
                | Q(template=None, value__gt=0) & (Q(count=None) | Q(count__gt=0))
                | Q(template=None, value=None, count__gt=0),
            ),
        )
        indexes = (models.Index(fields=["store"], name="top_up_open", condition=Q(state="asked")),)

    def __str__(self) -> str:
        return f"{self.guide} {self.created_at:%Y-%m-%d}"


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
