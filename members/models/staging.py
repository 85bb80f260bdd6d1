"""Staged lines: the common entrance of every order, whether from a file, a bulk call or a single receipt."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.scope import HeadquartersOnly, ScopedModel


class LineKind(models.TextChoices):
    """What a staged line belongs to."""

    SALE = "sale", _("Sale")
    RETURN = "return", _("Return")


class StagedLine(ScopedModel):
    """One line of an order or return as it arrived, before it is checked and merged. Emptied after the merge.

    ``stage`` groups what arrived together (an import, a call). For a return, ``order_no`` is the number of the return
    and ``sale_no`` that of its sale (empty without a receipt). ``total``, where a till states it, is what the amounts
    of the order's lines must add up to. Whose order it is, an identity says (sealed as in ``Identity``, here in hex,
    since PostgreSQL 15 has no smallest and largest of bytes), or ``member``.
    ``rejected`` holds the reason why the line, and so its order, was turned away.
    The table is unlogged: a stage lost in a database crash is loaded again.
    """

    stage = models.BigIntegerField(_("stage"))
    line = models.PositiveIntegerField(_("line"))
    channel = models.TextField(_("channel"), db_collation="C")
    order_no = models.TextField(_("order number"), db_collation="C")
    kind = models.CharField(_("kind"), max_length=6, choices=LineKind.choices)
    sale_no = models.TextField(_("number of the sale"), default="", db_default="", db_collation="C")
    revision = models.PositiveIntegerField(_("revision"), default=0, db_default=0)
    paid_at = models.DateTimeField(_("paid at"))
    store_code = models.TextField(_("store"))
    guide_no = models.TextField(_("guide's employee number"), default="", db_default="")
    identity_kind = models.TextField(_("kind of identity"), default="", db_default="")
    identity_digest = models.TextField(_("blind index of the identity"), default="", db_default="", db_collation="C")
    identity_sealed = models.TextField(_("sealed identity"), default="", db_default="", db_collation="C")
    identity_shown = models.TextField(_("masked identity"), default="", db_default="")
    member = models.BigIntegerField(_("member named"), null=True)
    sku = models.TextField(_("SKU"), db_collation="C")
    product_name = models.TextField(_("product"), default="", db_default="")
    category = models.TextField(_("category"), default="", db_default="")
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=3)
    unit_price = models.DecimalField(_("unit price"), max_digits=12, decimal_places=3)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    total = models.DecimalField(_("total of the order"), max_digits=12, decimal_places=2, null=True)
    coupon_codes = models.TextField(_("coupons"), default="", db_default="")
    share_code = models.TextField(_("code of a share link"), default="", db_default="")
    rejected = models.CharField(_("reason code"), max_length=40, default="", db_default="")

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("staged line")
        verbose_name_plural = _("staged lines")
        indexes = (
            models.Index(fields=["stage", "channel", "order_no"], name="staged_order"),
            # the way of the merge: whose orders they are comes first, so that a member is settled once
            models.Index(fields=["stage", "identity_digest", "channel", "order_no"], name="staged_walk"),
        )

    def __str__(self) -> str:
        return f"{self.stage}:{self.line}"
