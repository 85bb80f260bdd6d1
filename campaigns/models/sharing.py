"""Share links of staff, who followed them, and the rules by which orders that came of them earn a commission."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from campaigns.models.memberday import MemberDay
from coupons.models import CouponTemplate
from members.models import Category, Member, Product
from stores.scope import ByMember, HeadquartersOnly, Private, ScopedModel


class ShareLink(ScopedModel):
    """What one of the staff shares: a product, a coupon or a campaign, under a short code of their own."""

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("shared by"))
    code = models.CharField(_("code"), max_length=12, unique=True, editable=False, db_collation="C")
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    template = models.ForeignKey(
        CouponTemplate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon template")
    )
    campaign = models.ForeignKey(
        MemberDay, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("campaign")
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = Private()

    class Meta:
        verbose_name = _("share link")
        verbose_name_plural = _("share links")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["staff", "product", "template", "campaign"], name="share_link_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="share_link_to_one_thing",
                condition=Q(product__isnull=False, template=None, campaign=None)
                | Q(product=None, template__isnull=False, campaign=None)
                | Q(product=None, template=None, campaign__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.code


class ShareClick(ScopedModel):
    """Somebody followed a share link; without a member when nobody knows yet who it was. Append-only."""

    link = models.ForeignKey(ShareLink, models.PROTECT, related_name="clicks", verbose_name=_("share link"))
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, related_name="+", verbose_name=_("member"), db_index=False
    )
    at = models.DateTimeField(_("at"))

    scope = ByMember()

    class Meta:
        verbose_name = _("click on a share link")
        verbose_name_plural = _("clicks on share links")
        ordering = ("-pk",)
        indexes = (models.Index(fields=["member", "-at"], name="click_of_member", condition=Q(member__isnull=False)),)

    def __str__(self) -> str:
        return f"{self.link_id} {self.pk}"


class Basis(models.TextChoices):
    """What a commission is counted from."""

    PERCENT = "percent", _("Per cent of what was paid")
    FIXED = "fixed", _("Yuan per order line")


class CommissionRule(ScopedModel):
    """What a line of an order earns whoever shared the link. The rule for its product holds before that for its
    category, and that before the one for everything; of equal ones the one that began last.

    A line keeps the terms it was first counted by: changing a rule changes no commission that is there already.
    """

    name = models.CharField(_("name"), max_length=60)
    basis = models.CharField(_("counted"), max_length=7, choices=Basis.choices, default=Basis.PERCENT)
    percent = models.DecimalField(
        _("per cent"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    fixed = models.DecimalField(
        _("yuan per line"), max_digits=8, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    ceiling = models.DecimalField(
        _("at most, yuan per line"),
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Empty means without limit."),
    )
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("only this category")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("only this product")
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True, help_text=_("Empty means until further notice."))

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("commission rule")
        verbose_name_plural = _("commission rules")
        ordering = ("-starts_on", "-pk")
        constraints = (
            models.CheckConstraint(
                name="commission_rule_basis",
                condition=Q(basis="percent", percent__isnull=False, fixed=None)
                | Q(basis="fixed", fixed__isnull=False, percent=None),
                violation_error_message=_("Enter the per cent or the yuan, as the basis says."),
            ),
            models.CheckConstraint(
                name="commission_rule_window",
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("It must end after it begins."),
            ),
            models.CheckConstraint(
                name="commission_rule_one_scope",
                condition=Q(category=None) | Q(product=None),
                violation_error_message=_("Choose a category or a product, not both."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class CommissionMonth(ScopedModel):
    """A month whose commissions are to be paid out: somebody asks for it to be closed, somebody else closes it.

    What it came to is written down then; its entries never change, and later ones belong to later months.
    """

    class State(models.TextChoices):
        """Where it stands."""

        ASKED = "asked", _("To be confirmed")
        CLOSED = "closed", _("Closed")

    month = models.DateField(_("month"), unique=True, help_text=_("Its first day."))
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"), db_default=Now())
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True)
    total = models.DecimalField(_("commission in yuan"), max_digits=12, decimal_places=2, default=0)
    people = models.PositiveIntegerField(_("people"), default=0)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("month of commissions")
        verbose_name_plural = _("months of commissions")
        ordering = ("-month",)
        constraints = (
            models.CheckConstraint(name="commission_month_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="commission_month_second_person",
                condition=Q(state="asked", closed_by=None, closed_at=None)
                | Q(state="closed", closed_by__isnull=False, closed_at__isnull=False) & ~Q(closed_by=F("asked_by")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
