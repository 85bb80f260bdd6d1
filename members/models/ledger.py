"""The growth and points ledgers: append-only, one line per change and its cause."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from members.models.order import Order
from stores.freetext import FreeText
from stores.scope import ByMember, ScopedModel


class EntryKind(models.TextChoices):
    """Why a ledger moved."""

    ORDER = "order", _("Order")
    RETURN = "return", _("Return")
    ADJUSTMENT = "adjustment", _("Adjusted by hand")
    EXPIRY = "expiry", _("Expired")
    SPENT = "spent", _("Spent")
    GIVEN_BACK = "given_back", _("Given back")


BESIDE_ORDERS = [EntryKind.ADJUSTMENT, EntryKind.EXPIRY, EntryKind.SPENT, EntryKind.GIVEN_BACK]


class LedgerEntry(ScopedModel):
    """What growth and points entries share. ``delta`` in whole units, never zero.

    The database checks no foreign keys here (two of them per entry were a quarter of an import): settlement alone
    writes entries, from members and orders it has locked, and the audit watches (entries_lead_somewhere).
    """

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="+", verbose_name=_("member"), db_index=False, db_constraint=False
    )
    kind = models.CharField(_("kind"), max_length=12, choices=EntryKind.choices)
    delta = models.IntegerField(_("change"))
    order = models.ForeignKey(
        Order,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("order"),
        db_index=False,
        db_constraint=False,
    )
    at = models.DateTimeField(_("at"))
    note = FreeText(_("note"), max_length=200, blank=True, db_default="")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made by"),
        db_index=False,
        db_constraint=False,
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    scope = ByMember()

    class Meta:
        abstract = True
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.delta:+d}"


class GrowthEntry(LedgerEntry):
    """A change of growth value. It counts in the rolling window from ``at``, the moment its order was paid."""

    class Meta(LedgerEntry.Meta):
        verbose_name = _("growth entry")
        verbose_name_plural = _("growth ledger")
        constraints = (models.CheckConstraint(name="growth_delta", condition=~Q(delta=0)),)
        indexes = (
            models.Index(fields=["member", "at"], name="growth_of_member"),
            models.Index(fields=["order"], name="growth_of_order", condition=Q(order__isnull=False)),
            models.Index(fields=["made_by"], name="growth_made_by", condition=Q(made_by__isnull=False)),
            models.Index(fields=["member", "at"], name="growth_by_hand", condition=Q(order__isnull=True)),
        )


class PointsEntry(LedgerEntry):
    """A change of points. A lot is what an order, or one positive correction, brought; it expires at ``expires_at``.

    An expiry names its lot: the order, or the entry ``lot``. ``reference`` is the natural key of what spent or gave
    back points, so that the same thing twice counts once.
    """

    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    lot = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lot"),
        db_index=False,
        db_constraint=False,
    )
    reference = models.CharField(_("reference"), max_length=80, blank=True, db_default="")

    class Meta(LedgerEntry.Meta):
        verbose_name = _("points entry")
        verbose_name_plural = _("points ledger")
        constraints = (
            models.CheckConstraint(name="points_delta", condition=~Q(delta=0)),
            models.UniqueConstraint(
                fields=["kind", "reference"], name="points_reference_once", condition=~Q(reference="")
            ),
        )
        indexes = (
            models.Index(fields=["member", "at"], name="points_of_member"),
            models.Index(fields=["order"], name="points_of_order", condition=Q(order__isnull=False)),
            models.Index(fields=["made_by"], name="points_made_by", condition=Q(made_by__isnull=False)),
            models.Index(fields=["member"], name="points_beside_orders", condition=Q(kind__in=BESIDE_ORDERS)),
        )
