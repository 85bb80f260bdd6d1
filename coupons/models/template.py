"""Coupon templates: a mutable head, and immutable versions of the terms that issued coupons keep."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from stores.ids import public_id
from stores.scope import Reference, ScopedModel


class CouponKind(models.TextChoices):
    """What a coupon gives; coupons.kinds computes and words each."""

    AMOUNT_OFF = "amount_off", _("Amount off")
    PERCENT_OFF = "percent_off", _("Percentage off")
    GIFT = "gift", _("Gift")
    FIXED_PRICE = "fixed_price", _("Fixed price")
    FREE_SHIPPING = "free_shipping", _("Free delivery")


class TemplateState(models.TextChoices):
    """Whether a template may be issued from."""

    DRAFT = "draft", _("Draft")
    PENDING = "pending", _("Waiting for approval")
    ACTIVE = "active", _("Active")
    STOPPED = "stopped", _("Stopped")


class LimitPeriod(models.TextChoices):
    """A span of whole business days of the member's home store, in which only so many coupons may be had."""

    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")
    YEAR = "year", _("Year")


class CouponTemplate(ScopedModel):
    """What HQ offers. Stock, limits and quotas live here; what a coupon is worth lives in its terms.

    ``issued`` and ``budget_used`` move in the statement that issues; the CHECK is the last guard.
    ``guide_month_quota`` is how many each guide may send of it in a month. ``member_period_limit`` bounds what a member
    gets in one ``member_period``, ``member_limit`` what they ever get. Whoever ``submitted_by`` does not approve.
    """

    name = models.CharField(_("name"), max_length=80)
    state = models.CharField(_("state"), max_length=8, choices=TemplateState.choices, default=TemplateState.DRAFT)
    terms = models.ForeignKey(
        "CouponTerms", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("current terms")
    )
    stock = models.PositiveIntegerField(_("stock"), null=True, blank=True, help_text=_("Empty means without limit."))
    issued = models.PositiveIntegerField(_("issued"), default=0, editable=False)
    member_limit = models.PositiveIntegerField(
        _("per member"), null=True, blank=True, help_text=_("How many one member may ever get. Empty: no limit.")
    )
    member_period_limit = models.PositiveIntegerField(
        _("per member and period"), null=True, blank=True, help_text=_("How many in one period. Empty: no limit.")
    )
    member_period = models.CharField(_("period"), max_length=5, choices=LimitPeriod.choices, blank=True)
    budget = models.DecimalField(
        _("budget in yuan"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("What redemptions may give away in all. Empty: no limit."),
    )
    budget_used = models.DecimalField(_("budget used"), max_digits=12, decimal_places=2, default=0, editable=False)
    points_price = models.PositiveIntegerField(
        _("price in points"),
        null=True,
        blank=True,
        help_text=_("For how many points members may take it. Empty: not for points."),
    )
    open_to_guides = models.BooleanField(_("guides may send it"), default=False)
    open_to_sharing = models.BooleanField(_("staff may post and share it"), default=False)
    guide_month_quota = models.PositiveIntegerField(_("per guide and month"), default=20)
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
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("approved by"),
    )
    decision_note = models.CharField(_("note on the decision"), max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    scope = Reference()

    class Meta:
        verbose_name = _("coupon template")
        verbose_name_plural = _("coupon templates")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(name="template_stock_holds", condition=Q(stock=None) | Q(issued__lte=F("stock"))),
            models.CheckConstraint(
                name="template_budget_holds",
                condition=Q(budget_used__gte=0) & (Q(budget=None) | Q(budget_used__lte=F("budget"))),
            ),
            models.CheckConstraint(
                name="template_period_limit_has_period",
                condition=Q(member_period_limit=None, member_period="")
                | Q(member_period_limit__gt=0) & ~Q(member_period=""),
                violation_error_message=_("A limit per period needs both: how many, and the period."),
            ),
            models.CheckConstraint(
                name="template_points_price", condition=Q(points_price=None) | Q(points_price__gt=0)
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id partners know the template by."""
        return public_id("tpl", self.pk)


class CouponTerms(ScopedModel):
    """One immutable version of a template's terms. Issued coupons point here and keep what they were issued with.

    ``percent`` is what the member still pays (85 means 8.5折), ``fixed_price`` what one piece of the products costs
    with the coupon. ``cap`` bounds what a percentage or a free delivery takes off. Validity is either fixed
    (``valid_from`` to ``valid_until``, exclusive) or relative (starts ``start_after_days`` after issue, lasts
    ``valid_days`` business days). Empty scopes mean everywhere and everybody; weekdays are ISO (1 Monday to 7 Sunday).
    """

    template = models.ForeignKey(
        CouponTemplate, models.CASCADE, related_name="versions", verbose_name=_("coupon template")
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    kind = models.CharField(_("kind"), max_length=14, choices=CouponKind.choices)
    threshold = models.DecimalField(_("from an amount of"), max_digits=10, decimal_places=2, default=0)
    amount_off = models.DecimalField(_("amount off"), max_digits=10, decimal_places=2, null=True, blank=True)
    percent = models.DecimalField(
        _("percent paid"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
    )
    cap = models.DecimalField(_("at most off"), max_digits=10, decimal_places=2, null=True, blank=True)
    fixed_price = models.DecimalField(
        _("price with the coupon"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    gift_name = models.CharField(_("gift"), max_length=80, blank=True)
    gift_value = models.DecimalField(_("value of the gift"), max_digits=10, decimal_places=2, null=True, blank=True)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    start_after_days = models.PositiveSmallIntegerField(_("starts after days"), default=0)
    valid_days = models.PositiveSmallIntegerField(_("lasts days"), null=True, blank=True)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("weekdays"), default=list, blank=True)
    hour_from = models.TimeField(_("from the hour"), null=True, blank=True)
    hour_until = models.TimeField(_("until the hour"), null=True, blank=True)
    store_ids = ArrayField(models.BigIntegerField(), verbose_name=_("stores"), default=list, blank=True)
    tier_ids = ArrayField(models.BigIntegerField(), verbose_name=_("tiers"), default=list, blank=True)
    skus = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("products"),
        default=list,
        blank=True,
    )
    category_ids = ArrayField(models.BigIntegerField(), verbose_name=_("categories"), default=list, blank=True)
    channels = ArrayField(models.CharField(max_length=20), verbose_name=_("channels"), default=list, blank=True)
    stack_group = models.CharField(
        _("stack group"), max_length=30, blank=True, help_text=_("Coupons of one group do not go together.")
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    scope = Reference()

    class Meta:
        verbose_name = _("coupon terms")
        verbose_name_plural = _("coupon terms")
        ordering = ("template", "-version")
        constraints = (
            models.UniqueConstraint(fields=["template", "version"], name="terms_version_once"),
            models.CheckConstraint(
                name="terms_say_what_they_give",
                condition=Q(kind="amount_off", amount_off__gt=0, threshold__gte=F("amount_off"))
                | Q(kind="percent_off", percent__gte=1, percent__lte=99)
                | Q(kind="gift") & ~Q(gift_name="")
                | Q(kind="fixed_price", fixed_price__gte=0) & ~Q(skus=[], category_ids=[])
                | Q(kind="free_shipping"),
                violation_error_message=_("The terms do not say what the coupon gives."),
            ),
            models.CheckConstraint(
                name="terms_say_how_long",
                condition=Q(valid_days__gt=0, valid_until=None) | Q(valid_days=None, valid_until__gt=F("valid_from")),
                violation_error_message=_("Validity is either two dates or a number of days."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.template_id} v{self.version}"
