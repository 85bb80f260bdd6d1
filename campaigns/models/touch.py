"""The touch ledger, and which order is owed to which touch."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.journey import Journey
from campaigns.models.memberday import MemberDay
from campaigns.models.message import MessageTemplate
from members.models import Member, Order
from stores.models import Store
from stores.scope import ByGuide, ByMember, ScopedModel


class TouchState(models.TextChoices):
    """Where a touch stands."""

    PLANNED = "planned", _("Planned")
    CLAIMED = "claimed", _("Leaving")
    ACCEPTED = "accepted", _("Sent")
    REJECTED = "rejected", _("Turned down")
    UNKNOWN = "unknown", _("Unclear")
    SUPPRESSED = "suppressed", _("Held back")


class Touch(ScopedModel):
    """One message or call to one member. ``source`` and ``source_id`` name what sent it (an offer, a task, a trip).

    One that a machine sends is planned first: ``due_at`` is when it may leave at the earliest, ``stale_at`` when it no
    longer makes sense, ``value`` the yuan expected of it, by which it wins its place in the contact budget. Claimed, it
    belongs to a worker until ``lease_until``; its number is the key by which the provider knows it again. What did not
    leave for certain is planned again; ``tried_since`` is when that was first tried. ``at`` is when it left, or will.

    Planned by the million, so that the database checks no keys here; the audit watches (members.dangling).
    """

    class Source(models.TextChoices):
        """What sent the touch."""

        OFFER = "offer", _("Guide's offer")
        TASK = "task", _("Guide task")
        CAMPAIGN = "campaign", _("Campaign")
        JOURNEY = "journey", _("Journey")
        CALL = "call", _("Guide's call")

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="+", verbose_name=_("member"), db_index=False, db_constraint=False
    )
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("guide"),
        db_index=False,
        db_constraint=False,
    )
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, related_name="+", verbose_name=_("store"), db_index=False, db_constraint=False
    )
    source = models.CharField(_("sent by"), max_length=10, choices=Source.choices)
    source_id = models.BigIntegerField(_("number"))
    step = models.CharField(_("step"), max_length=40, blank=True, db_default="")
    occurrence = models.CharField(_("occurrence"), max_length=40, blank=True, db_default="")
    channel = models.CharField(_("channel"), max_length=20)
    state = models.CharField(
        _("state"), max_length=10, choices=TouchState.choices, default=TouchState.PLANNED, db_default="planned"
    )
    suppressed_by = models.CharField(_("held back because"), max_length=40, blank=True, db_default="")
    message = models.ForeignKey(
        MessageTemplate,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("message"),
        db_index=False,
        db_constraint=False,
    )
    coupon_id = models.BigIntegerField(_("coupon"), null=True)
    value = models.DecimalField(_("expected value"), max_digits=10, decimal_places=2, default=0, db_default=0)
    due_at = models.DateTimeField(_("leaves at the earliest"), null=True)
    stale_at = models.DateTimeField(_("makes no sense after"), null=True)
    lease_until = models.DateTimeField(_("held by a worker until"), null=True)
    attempt = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    tried_since = models.DateTimeField(_("tried in vain since"), null=True)
    provider_id = models.CharField(_("number at the provider"), max_length=80, blank=True, db_default="")
    delivered_at = models.DateTimeField(_("delivered at"), null=True)
    read_at = models.DateTimeField(_("read at"), null=True)
    clicked_at = models.DateTimeField(_("clicked at"), null=True)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    scope = ByGuide()

    class Meta:
        verbose_name = _("touch")
        verbose_name_plural = _("touches")
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["source", "source_id", "member", "step", "occurrence", "channel"], name="touch_once"
            ),
        )
        indexes = (
            models.Index(fields=["member", "-at"], name="touch_of_member"),
            models.Index(fields=["guide", "-at"], name="touch_of_guide", condition=Q(guide__isnull=False)),
            models.Index(fields=["channel", "provider_id"], name="touch_at_provider", condition=~Q(provider_id="")),
            models.Index(fields=["due_at"], name="touch_due", condition=Q(state="planned")),
            models.Index(fields=["lease_until"], name="touch_leaving", condition=Q(state__in=["claimed", "unknown"])),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"


class TouchText(ScopedModel):
    """The words a member was told, as they left."""

    touch = models.OneToOneField(Touch, models.CASCADE, primary_key=True, related_name="words", verbose_name=_("touch"))
    subject = models.CharField(pgettext_lazy("message", "subject"), max_length=200, blank=True)
    text = models.TextField(_("text"))
    link = models.URLField(_("link"), max_length=300, blank=True)

    scope = ByMember("touch__member")

    class Meta:
        verbose_name = _("words of a touch")
        verbose_name_plural = _("words of touches")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.touch_id}"


class Attribution(ScopedModel):
    """An order that followed a touch: directly, by the coupon redeemed in it, or as the last touch before it.

    ``source`` says what it is owed to; for a campaign or a journey (``step`` of it) that is named. ``amount`` is the
    order's net amount in yuan, kept true when goods come back. One row per order.
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
    source = models.CharField(_("owed to"), max_length=10, choices=Touch.Source.choices, blank=True, db_default="")
    campaign = models.ForeignKey(
        MemberDay, models.PROTECT, null=True, related_name="+", verbose_name=_("campaign"), db_index=False
    )
    journey = models.ForeignKey(
        Journey, models.PROTECT, null=True, related_name="+", verbose_name=_("journey"), db_index=False
    )
    step = models.CharField(_("step"), max_length=40, blank=True, db_default="")
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
            # what each offer of a list brought
            models.Index(fields=["coupon_id"], name="attribution_of_coupon", condition=Q(coupon_id__isnull=False)),
            models.Index(
                fields=["campaign", "ordered_at"], name="attribution_of_campaign", condition=Q(campaign__isnull=False)
            ),
            models.Index(
                fields=["journey", "ordered_at"], name="attribution_of_journey", condition=Q(journey__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"
