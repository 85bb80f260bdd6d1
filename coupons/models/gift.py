"""Gifts of a tier: which coupons they consist of, and who was given which, or why not."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from coupons.models.coupon import Coupon
from coupons.models.template import CouponTemplate
from members.models import Benefit, BenefitKind, Member
from stores.scope import ByMember, Reference, ScopedModel

GIFT_KINDS = (BenefitKind.BIRTHDAY_GIFT, BenefitKind.UPGRADE_GIFT)


class TierGift(ScopedModel):
    """A coupon that a gift of a tier consists of; the benefit says which tier, which occasion and how often.

    Several rows of one benefit are given together.
    """

    benefit = models.ForeignKey(
        Benefit,
        models.PROTECT,
        related_name="+",
        verbose_name=_("gift"),
        limit_choices_to={"kind__in": [kind.value for kind in GIFT_KINDS]},
    )
    template = models.ForeignKey(CouponTemplate, models.PROTECT, related_name="+", verbose_name=_("coupon template"))
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = Reference()

    class Meta:
        verbose_name = _("gift of a tier")
        verbose_name_plural = _("gifts of tiers")
        ordering = ("benefit__tier__threshold", "benefit__kind", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["benefit", "template"],
                name="gift_coupon_once",
                violation_error_message=_("This gift already holds this coupon."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.benefit} · {self.template}"


class GivenGift(ScopedModel):
    """A gift that a member was due in one period (its first day): with the coupon, or with why there is none.

    The natural key keeps every repetition from giving it twice.
    """

    gift = models.ForeignKey(TierGift, models.PROTECT, related_name="+", verbose_name=_("gift"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))
    period = models.DateField(_("period"))
    coupon = models.OneToOneField(
        Coupon, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon")
    )
    refusal = models.CharField(_("why not given"), max_length=40, blank=True)
    due_at = models.DateTimeField(_("due at"), db_default=Now())

    scope = ByMember()

    class Meta:
        verbose_name = _("given gift")
        verbose_name_plural = _("given gifts")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["member", "gift", "period"], name="gift_once_a_period"),
            models.CheckConstraint(
                name="gift_given_or_why_not",
                condition=Q(coupon__isnull=False, refusal="") | Q(coupon=None) & ~Q(refusal=""),
            ),
        )
        indexes = (models.Index(fields=["gift"], name="gift_not_given", condition=~Q(refusal="")),)

    def __str__(self) -> str:
        return f"{self.member_id} {self.period:%Y}"
