"""What the work of stores and guides came to, month by month: counted at night, read by boards."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.lift import Verdict
from stores.models import Store
from stores.scope import ByGuide, ScopedModel


class WorkMonth(ScopedModel):
    """A month of a store, or of one guide in it (``guide`` None: the store as a whole). Money in yuan.

    ``used`` counts those of the ``sent`` coupons of the month that were used until now; ``low`` and ``high`` hold their
    share with a certainty of 95 % (Wilson), ``drawn`` is the share drawn to that of all stores or guides, the more the
    fewer were sent, with its own interval. ``effect`` is what campaigns and journeys changed at members of the last
    three months, treated less left alone, as a share, drawn in the same way; only the newest month has it.
    """

    month = models.DateField(_("month"))
    store = models.ForeignKey(Store, models.CASCADE, related_name="+", verbose_name=_("store"), db_index=False)
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("guide"),
        db_index=False,
    )
    members = models.PositiveIntegerField(_("members"), default=0)
    new_members = models.PositiveIntegerField(_("new members"), default=0)
    tasks_done = models.PositiveIntegerField(_("tasks done"), default=0)
    tasks_total = models.PositiveIntegerField(_("tasks"), default=0)
    reached = models.PositiveIntegerField(_("members reached"), default=0)
    sent = models.PositiveIntegerField(_("coupons sent"), default=0)
    used = models.PositiveIntegerField(_("used of them"), default=0)
    direct_orders = models.PositiveIntegerField(_("orders with a coupon"), default=0)
    direct = models.DecimalField(_("sales with a coupon"), max_digits=14, decimal_places=2, default=0)
    followed_orders = models.PositiveIntegerField(_("orders after a message"), default=0)
    followed = models.DecimalField(_("sales after a message"), max_digits=14, decimal_places=2, default=0)
    low = models.FloatField(_("share used, at least"), null=True)
    high = models.FloatField(_("share used, at most"), null=True)
    drawn = models.FloatField(_("share used, drawn to all"), null=True)
    drawn_low = models.FloatField(_("drawn, at least"), null=True)
    drawn_high = models.FloatField(_("drawn, at most"), null=True)
    treated = models.PositiveIntegerField(_("treated members"), default=0)
    control = models.PositiveIntegerField(_("members left alone"), default=0)
    effect = models.FloatField(_("effect"), null=True)
    effect_low = models.FloatField(_("effect, at least"), null=True)
    effect_high = models.FloatField(_("effect, at most"), null=True)
    verdict = models.CharField(_("verdict"), max_length=11, choices=Verdict.choices, default=Verdict.CANNOT_TELL)
    as_of = models.DateTimeField(_("as of"))

    scope = ByGuide()

    class Meta:
        verbose_name = _("month of work")
        verbose_name_plural = _("months of work")
        ordering = ("-month", "store", "guide")
        constraints = (
            models.UniqueConstraint(fields=["store", "month", "guide"], name="work_month_once", nulls_distinct=False),
            models.CheckConstraint(name="work_used_of_sent", condition=Q(used__lte=models.F("sent"))),
        )
        indexes = (
            models.Index(fields=["guide", "-month"], name="work_month_of_guide", condition=Q(guide__isnull=False)),
            models.Index(fields=["month", "store"], name="work_month_of_stores", condition=Q(guide=None)),
        )

    @property
    def sales(self) -> Decimal:
        """With a coupon and after a message, together."""
        return self.direct + self.followed

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.store_id} {self.guide_id or ''}"
