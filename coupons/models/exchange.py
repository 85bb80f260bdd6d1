"""Coupons that members took for their points."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from coupons.models.coupon import Coupon
from coupons.models.template import CouponTemplate
from members.models import Member
from stores.models import Partner
from stores.scope import ByMember, ScopedModel


class PointsExchange(ScopedModel):
    """Points of a member turned into a coupon. ``points`` is the price paid, ``returned_at`` when it was given back.

    In the points ledger the exchange is known by ``reference``. ``request_key`` names the request, so that the same
    request again is the same exchange.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))
    template = models.ForeignKey(CouponTemplate, models.PROTECT, related_name="+", verbose_name=_("coupon template"))
    coupon = models.OneToOneField(Coupon, models.PROTECT, related_name="+", verbose_name=_("coupon"))
    points = models.PositiveIntegerField(_("points"))
    request_key = models.CharField(_("request key"), max_length=60, unique=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    partner = models.ForeignKey(
        Partner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("partner")
    )
    made_at = models.DateTimeField(_("exchanged at"), db_default=Now())
    returned_at = models.DateTimeField(_("points given back at"), null=True, blank=True)

    scope = ByMember()

    class Meta:
        verbose_name = _("points exchange")
        verbose_name_plural = _("points exchanges")
        ordering = ("-pk",)
        constraints = (models.CheckConstraint(name="exchange_has_a_price", condition=Q(points__gt=0)),)
        indexes = (models.Index(fields=["member", "-made_at"], name="exchanges_of_member"),)

    def __str__(self) -> str:
        return f"{self.template} · {self.points}"

    @property
    def reference(self) -> str:
        """What the exchange is called in the points ledger."""
        return f"exchange:{self.request_key}"
