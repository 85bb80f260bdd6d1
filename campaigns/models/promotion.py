"""Promotions: what a cart gets by itself, without a coupon; and which orders got it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.memberday import MemberDay
from members.models import Order
from stores.ids import public_id
from stores.scope import ByMember, Reference, ScopedModel


class PromotionKind(models.TextChoices):
    """What a promotion gives; campaigns.promotions.kinds computes and words each."""

    FULL_REDUCTION = "full_reduction", _("Full reduction in steps")
    NTH_ITEM = "nth_item", _("Nth item for less")
    BUNDLE = "bundle", _("Bundle price")
    FLASH_PRICE = "flash_price", _("Flash price")
    TIER_PERCENT = "tier_percent", _("Percentage by tier")
    GIFT = "gift", _("Gift with purchase")


class PromotionState(models.TextChoices):
    """Whether a promotion holds; campaigns.promotions.publishing moves it."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    ENDED = "ended", _("Ended")


class Beside(models.TextChoices):
    """What may stand beside a promotion on the same bill, or not; the values are the families of campaigns.pricing."""

    PROMOTION = "promotion", _("Other promotions")
    BENEFIT = "benefit", _("The tier's percentage and free delivery")
    COUPON = "coupon", _("Coupons")


class Promotion(ScopedModel):
    """What carts get in a window, in some places, for some people. ``params`` belong to the kind.

    It holds at a moment that lies in [``starts_at``, ``ends_at``) and is not before ``published_at`` nor after
    ``ended_at``, on ``weekdays`` (ISO, empty for all) within the hours; the clock is that of each store. With a
    ``member_day`` it holds on its dates only. Empty stores, channels, tiers, SKUs and categories mean all.

    ``excludes`` names what it does not go with on one bill; of the promotions of one ``stack_group`` a bill gets one.
    ``stock`` and ``member_limit`` count pieces, of flash prices and gifts only. ``sold``, ``orders`` and ``off`` (yuan)
    sum up the sales (campaigns.promotions.sales keeps them).
    """

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=16, choices=PromotionKind.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=PromotionState.choices, default=PromotionState.DRAFT, db_default="draft"
    )
    params = models.JSONField(_("what it gives"), default=dict, db_default={})

    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("weekdays"), default=list, blank=True)
    hour_from = models.TimeField(_("from the hour"), null=True, blank=True)
    hour_until = models.TimeField(_("until the hour"), null=True, blank=True)
    member_day = models.ForeignKey(
        MemberDay,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only on this member day"),
        help_text=_("Then it holds on the dates, in the stores and for the tiers of the member day."),
    )

    store_ids = ArrayField(models.BigIntegerField(), verbose_name=_("stores"), default=list, blank=True)
    excluded_store_ids = ArrayField(models.BigIntegerField(), verbose_name=_("not in"), default=list, blank=True)
    channels = ArrayField(models.CharField(max_length=20), verbose_name=_("channels"), default=list, blank=True)
    tier_ids = ArrayField(models.BigIntegerField(), verbose_name=_("tiers"), default=list, blank=True)
    members_only = models.BooleanField(_("members only"), default=False)
    skus = ArrayField(models.CharField(max_length=60), verbose_name=_("products (SKU)"), default=list, blank=True)
    category_ids = ArrayField(models.BigIntegerField(), verbose_name=_("categories"), default=list, blank=True)

    excludes = ArrayField(
        models.CharField(max_length=10, choices=Beside.choices),
        verbose_name=_("not together with"),
        default=list,
        blank=True,
    )
    stack_group = models.CharField(
        _("group"), max_length=30, blank=True, help_text=_("Of the promotions of one group a bill gets only one.")
    )
    stock = models.PositiveIntegerField(
        _("pieces in all"), null=True, blank=True, help_text=_("Empty means without limit.")
    )
    member_limit = models.PositiveIntegerField(
        _("pieces per member"), null=True, blank=True, help_text=_("Empty means without limit.")
    )
    sold = models.PositiveIntegerField(_("pieces sold"), default=0, db_default=0, editable=False)
    orders = models.PositiveIntegerField(_("orders"), default=0, db_default=0, editable=False)
    off = models.DecimalField(_("taken off"), max_digits=14, decimal_places=2, default=0, db_default=0, editable=False)
    cost_owner = models.CharField(_("cost owner"), max_length=60, blank=True)

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
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("published by"),
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    scope = Reference()

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(name="promotion_window", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="promotion_state_fits",
                condition=Q(state="draft", published_at=None, ended_at=None)
                | Q(state="published", published_at__isnull=False, ended_at=None)
                | Q(state="ended", published_at__isnull=False, ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="promotion_limits",
                condition=(Q(stock=None) | Q(stock__gt=0)) & (Q(member_limit=None) | Q(member_limit__gt=0)),
            ),
        )
        indexes = (models.Index(fields=["ends_at", "starts_at"], name="promotion_live", condition=~Q(state="draft")),)

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id partners know the promotion by."""
        return public_id("prm", self.pk)


class PromotionSale(ScopedModel):
    """An order that got a promotion, as its lines tell: ``pieces`` at the flash price or given away, ``off`` in yuan.

    Made anew from the order whenever that changes; the member is that of the order.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="+", verbose_name=_("order"), db_index=False)
    promotion = models.ForeignKey(Promotion, models.PROTECT, related_name="+", verbose_name=_("promotion"))
    pieces = models.PositiveIntegerField(_("pieces"), default=0)
    off = models.DecimalField(_("taken off"), max_digits=12, decimal_places=2, default=0)

    scope = ByMember("order__member")

    class Meta:
        verbose_name = _("order with a promotion")
        verbose_name_plural = _("orders with promotions")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["order", "promotion"], name="promotion_once_per_order"),
            models.CheckConstraint(name="promotion_sale_positive", condition=Q(off__gte=0)),
        )

    def __str__(self) -> str:
        return f"{self.order_id} {self.promotion_id}"
