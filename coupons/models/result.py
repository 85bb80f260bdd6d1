"""What became of the coupons of large templates, counted beforehand so that their results need no wait."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from coupons.models.template import CouponTemplate
from stores.models import Store
from stores.scope import HeadquartersOnly, ScopedModel


class CouponCount(ScopedModel):
    """Coupons of a template given on one day of the chain's calendar to members of one home store by one guide.

    Sums over rows are exact: each coupon counts in one row, and an order with several of them with the first. Money in
    yuan. ``live`` could still be used when it was counted.
    """

    template = models.ForeignKey(
        CouponTemplate, models.CASCADE, related_name="+", verbose_name=_("coupon template"), db_index=False
    )
    day = models.DateField(_("given on"))
    store = models.ForeignKey(
        Store, models.CASCADE, null=True, related_name="+", verbose_name=_("home store"), db_index=False
    )
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("guide"),
        db_index=False,
    )
    issued = models.PositiveIntegerField(_("given"))
    used = models.PositiveIntegerField(_("used"))
    voided = models.PositiveIntegerField(_("withdrawn"))
    live = models.PositiveIntegerField(_("still usable"))
    cost = models.DecimalField(_("given away"), max_digits=16, decimal_places=2)
    sales = models.DecimalField(_("sales with the coupon"), max_digits=16, decimal_places=2)
    orders = models.PositiveIntegerField(_("orders"))

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("count of coupons")
        verbose_name_plural = _("counts of coupons")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["template", "day", "store", "guide"], name="coupons_counted_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.template} {self.day}"


class CountState(ScopedModel):
    """As of when the coupons of a template were counted, and up to which rows nothing can come any more.

    ``seen_event`` and ``seen_coupon`` are the last history row and coupon that every later count may rely on having
    been seen. The ``next_`` columns take their place once the transactions of that moment (``next_xid``) have ended.
    """

    template = models.OneToOneField(
        CouponTemplate, models.CASCADE, related_name="+", verbose_name=_("coupon template"), primary_key=True
    )
    as_of = models.DateTimeField(_("as of"), null=True)
    seen_event = models.BigIntegerField(_("history seen up to"), default=0)
    seen_coupon = models.BigIntegerField(_("coupons seen up to"), default=0)
    next_event = models.BigIntegerField(_("history to be seen up to"), default=0)
    next_coupon = models.BigIntegerField(_("coupons to be seen up to"), default=0)
    next_xid = models.BigIntegerField(_("once transactions up to here have ended"), default=0)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("state of a count")
        verbose_name_plural = _("states of counts")
        ordering = ("template",)

    def __str__(self) -> str:
        return f"{self.template} {self.as_of}"
