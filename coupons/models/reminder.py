"""How far the reminders of coupons about to end have come."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.scope import HeadquartersOnly, ScopedModel


class ReminderMark(ScopedModel):
    """One row: members were reminded of every coupon that ends before ``until``, and at ``until`` up to ``coupon``."""

    until = models.DateTimeField(_("reminded until"))
    coupon = models.BigIntegerField(_("last coupon"), default=0)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("mark of reminders")
        verbose_name_plural = _("marks of reminders")
        constraints = (models.CheckConstraint(name="one_mark_of_reminders", condition=models.Q(id=1)),)

    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d %H:%M} {self.coupon}"
