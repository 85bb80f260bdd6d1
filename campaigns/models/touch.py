"""The touch ledger, and which order is owed to which touch."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models import Member, Order
from stores.models import Store
from stores.scope import ByGuide, ScopedModel


class TouchState(models.TextChoices):
    """Where a touch stands."""

    PLANNED = "planned", _("Planned")
    CLAIMED = "claimed", _("Leaving")
    ACCEPTED = "accepted", _("Sent")
    REJECTED = "rejected", _("Turned down")
    UNKNOWN = "unknown", _("Unclear")
    SUPPRESSED = "suppressed", _("Held back")


class Touch(ScopedModel):
    """One message or call to one member. ``source`` and ``source_id`` name what sent it (an offer, a task)."""

    class Source(models.TextChoices):
        """What sent the touch."""

        OFFER = "offer", _("Guide's offer")
        TASK = "task", _("Guide task")
        CAMPAIGN = "campaign", _("Campaign")
        JOURNEY = "journey", _("Journey")

    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"), db_index=False)
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("guide")
    )
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", verbose_name=_("store"))
    source = models.CharField(_("sent by"), max_length=10, choices=Source.choices)
    source_id = models.BigIntegerField(_("number"))
    step = models.CharField(_("step"), max_length=40, blank=True, db_default="")
    occurrence = models.CharField(_("occurrence"), max_length=40, blank=True, db_default="")
    channel = models.CharField(_("channel"), max_length=20)
    state = models.CharField(
        _("state"), max_length=10, choices=TouchState.choices, default=TouchState.PLANNED, db_default="planned"
    )
    suppressed_by = models.CharField(_("held back because"), max_length=40, blank=True, db_default="")
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    scope = ByGuide()

    class Meta:
        verbose_name = _("touch")
        verbose_name_plural = _("touches")
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["member", "source", "source_id", "step", "occurrence", "channel"], name="touch_once"
            ),
        )
        indexes = (
            models.Index(fields=["member", "-at"], name="touch_of_member"),
            models.Index(fields=["guide", "-at"], name="touch_of_guide"),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"


class Attribution(ScopedModel):
    """An order that followed a touch: directly, by the coupon redeemed in it, or as the last touch before it.

    ``amount`` is the order's net amount in yuan, kept true when goods come back. One row per order.
    """

    class Kind(models.TextChoices):
        """How sure the link is."""

        DIRECT = "direct", _("Coupon redeemed")
        LAST_TOUCH = "last_touch", _("Last touch before the order")

    order = models.OneToOneField(Order, models.CASCADE, related_name="+", verbose_name=_("order"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    touch = models.ForeignKey(Touch, models.PROTECT, null=True, related_name="+", verbose_name=_("touch"))
    coupon_id = models.BigIntegerField(_("coupon"), null=True)
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("guide")
    )
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", verbose_name=_("store"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    ordered_at = models.DateTimeField(_("ordered at"))

    scope = ByGuide()

    class Meta:
        verbose_name = _("attributed order")
        verbose_name_plural = _("attributed orders")
        ordering = ("-ordered_at", "-pk")
        indexes = (
            models.Index(fields=["guide", "-ordered_at"], name="attribution_of_guide"),
            models.Index(fields=["store", "-ordered_at"], name="attribution_of_store"),
        )

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"
