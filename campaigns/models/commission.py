"""Commissions of share links: one per order line, and the ledger of how each came about."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from campaigns.models.sharing import Basis, CommissionRule, ShareLink
from members.models import Order, Product
from stores.scope import Private, ScopedModel

CLOSED = """
    IF EXISTS (SELECT FROM campaigns_commissionmonth m WHERE m.month = NEW.month AND m.state = 'closed') THEN
        RAISE EXCEPTION 'the month % is closed', NEW.month;
    END IF;
    RETURN NEW;
"""


class Via(models.TextChoices):
    """What led from a share link to an order."""

    CODE = "code", _("The order carried the code")
    COUPON = "coupon", _("A coupon of the link was used")
    CLICK = "click", _("The member had followed the link")


class CommissionState(models.TextChoices):
    """Where a commission stands."""

    PENDING = "pending", _("Pending")
    SETTLED = "settled", _("Settled")
    VOID = "void", _("Void")


class NoCommission(models.TextChoices):
    """Why a commission came to nothing."""

    NONE = "", _("Holds")
    REFUNDED = "refunded", _("The goods came back")
    SELF = "self", _("Own purchase")
    LEFT = "left", _("Bought after leaving the company")
    CHANGED = "changed", _("The order was changed")


class Commission(ScopedModel):
    """What one order line earns whoever shared the link, in yuan, with the terms it is counted by.

    Pending until ``settles_at``, when goods no longer come back; then settled. ``pending`` and ``settled`` are the sums
    of its entries, of which at most one is other than zero; without either it is void. ``base`` is what was paid for
    the line, less what came back of it.
    """

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("earned by"), db_index=False
    )
    link = models.ForeignKey(ShareLink, models.PROTECT, related_name="+", verbose_name=_("share link"))
    via = models.CharField(_("led by"), max_length=6, choices=Via.choices)
    order = models.ForeignKey(Order, models.PROTECT, related_name="+", verbose_name=_("order"), db_index=False)
    line_no = models.PositiveIntegerField(_("line"))
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", verbose_name=_("product"))
    rule = models.ForeignKey(CommissionRule, models.PROTECT, related_name="+", verbose_name=_("commission rule"))
    basis = models.CharField(_("counted"), max_length=7, choices=Basis.choices)
    percent = models.DecimalField(_("per cent"), max_digits=5, decimal_places=2, null=True)
    fixed = models.DecimalField(_("yuan per line"), max_digits=8, decimal_places=2, null=True)
    ceiling = models.DecimalField(_("at most, yuan per line"), max_digits=8, decimal_places=2, null=True)
    base = models.DecimalField(_("amount paid"), max_digits=12, decimal_places=2)
    state = models.CharField(_("state"), max_length=7, choices=CommissionState.choices)
    why = models.CharField(_("why not"), max_length=8, choices=NoCommission.choices, blank=True, db_default="")
    pending = models.DecimalField(_("pending"), max_digits=10, decimal_places=2, default=0)
    settled = models.DecimalField(_("settled"), max_digits=10, decimal_places=2, default=0)
    paid_at = models.DateTimeField(_("paid at"))
    settles_at = models.DateTimeField(_("settles at"))

    scope = Private()

    class Meta:
        verbose_name = _("commission")
        verbose_name_plural = _("commissions")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["order", "line_no"], name="commission_once_per_line"),
            models.CheckConstraint(
                name="commission_state_fits",
                condition=Q(state="pending", pending__gt=0, settled=0, why="")
                | Q(state="settled", pending=0, settled__gt=0, why="")
                | Q(state="void", pending=0, settled=0) & ~Q(why=""),
            ),
        )
        indexes = (
            models.Index(fields=["staff", "-paid_at"], name="commission_of_staff"),
            models.Index(fields=["settles_at", "id"], name="commission_to_settle", condition=Q(state="pending")),
        )

    def __str__(self) -> str:
        return f"{self.order_id}/{self.line_no}"


class CommissionEntry(ScopedModel):
    """One change of a commission: what it moved of the pending and of the settled yuan of somebody, in which month.

    Append-only; the database refuses to change one, or to add one to a closed month.
    """

    class Kind(models.TextChoices):
        """Why it moved."""

        EARNED = "earned", _("Earned")
        REFUNDED = "refunded", _("Goods came back")
        CORRECTED = "corrected", _("Order changed")
        MOVED = "moved", _("Counted for somebody else")
        SETTLED = "settled", _("Settled")

    commission = models.ForeignKey(Commission, models.PROTECT, related_name="entries", verbose_name=_("commission"))
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("earned by"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    pending = models.DecimalField(_("pending"), max_digits=10, decimal_places=2, default=0)
    settled = models.DecimalField(_("settled"), max_digits=10, decimal_places=2, default=0)
    month = models.DateField(_("month"))
    at = models.DateTimeField(_("at"), db_default=Now())

    scope = Private()

    class Meta:
        verbose_name = _("commission entry")
        verbose_name_plural = _("commission ledger")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(name="commission_entry_moves", condition=~Q(pending=0, settled=0)),
            models.UniqueConstraint(fields=["commission"], name="commission_earned_once", condition=Q(kind="earned")),
        )
        indexes = (models.Index(fields=["month", "staff"], name="commission_entry_of_month"),)
        triggers = (
            pgtrigger.Protect(name="entries_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(name="month_is_open", when=pgtrigger.Before, operation=pgtrigger.Insert, func=CLOSED),
        )

    def __str__(self) -> str:
        return f"{self.commission_id} {self.kind}"
