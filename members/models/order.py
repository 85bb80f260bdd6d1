"""Products, orders with their lines, and returns."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.earning import EarningRate
from members.models.member import Member
from stores.ids import public_id
from stores.models import Store
from stores.scope import ByMember, Reference, ScopedModel


class Category(ScopedModel):
    """A group of products."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    scope = Reference()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Product(ScopedModel):
    """Something that is sold, known by its stock keeping unit."""

    sku = models.CharField(_("SKU"), max_length=60, unique=True, db_collation="C")
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )

    scope = Reference()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("sku",)

    def __str__(self) -> str:
        return self.name


# Moments whose days' sales are no longer what was counted: those of orders that changed, and where an order went to
# another member or another time, those of the member's orders after it, any of which may now be the first. EXCEPT
# rather than a join: its plan is kept, and must suit a thousand orders when the first time it saw one.
TOUCHED = """
    INSERT INTO members_touchedsale (paid_at)
    WITH moved AS (
        SELECT member_id, min(paid_at) AS since
        FROM (
            (SELECT id, paid_at, member_id FROM old_orders EXCEPT SELECT id, paid_at, member_id FROM new_orders)
            UNION ALL
            (SELECT id, paid_at, member_id FROM new_orders EXCEPT SELECT id, paid_at, member_id FROM old_orders)
        ) AS went GROUP BY member_id
    ), changed AS (
        (
            SELECT id, paid_at, store_id, net_amount, returned_amount, member_id FROM old_orders
            EXCEPT SELECT id, paid_at, store_id, net_amount, returned_amount, member_id FROM new_orders
        ) UNION ALL (
            SELECT id, paid_at, store_id, net_amount, returned_amount, member_id FROM new_orders
            EXCEPT SELECT id, paid_at, store_id, net_amount, returned_amount, member_id FROM old_orders
        )
    )
    SELECT paid_at FROM changed UNION
    SELECT later.paid_at
    FROM moved JOIN members_order later ON later.member_id = moved.member_id AND later.paid_at >= moved.since;
    RETURN NULL;
"""


class Order(ScopedModel):
    """A sale. Known once by (channel, order_no). Money in yuan.

    ``net_amount`` is what was paid; ``returned_amount`` what later came back, by referenced returns and by the share
    of unreferenced ones (members.orders.settlement). ``rate`` is what a yuan of it earns, frozen when the order is
    first recorded. ``named`` is the member row that the receipt named; after a merge it differs from ``member``, and
    an un-merge follows it.
    """

    channel = models.CharField(_("channel"), max_length=20, db_collation="C")
    order_no = models.CharField(_("order number"), max_length=64, db_collation="C")
    revision = models.PositiveIntegerField(_("revision"), default=0)
    fingerprint = models.BinaryField(_("fingerprint"), max_length=16)
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("member"), db_index=False
    )
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False)
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("served by"),
        db_index=False,
    )
    paid_at = models.DateTimeField(_("paid at"))
    list_amount = models.DecimalField(_("list amount"), max_digits=12, decimal_places=2)
    net_amount = models.DecimalField(_("amount paid"), max_digits=12, decimal_places=2)
    returned_amount = models.DecimalField(
        _("amount returned"), max_digits=12, decimal_places=2, default=0, db_default=0
    )
    rate = models.ForeignKey(
        EarningRate, models.PROTECT, related_name="+", verbose_name=_("earning rate"), db_index=False
    )
    named = models.BigIntegerField(_("member named"), null=True, editable=False)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    scope = ByMember()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-paid_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["order_no", "channel"], name="order_known_once"),
            models.CheckConstraint(
                name="order_amounts",
                condition=Q(net_amount__gte=0)
                & Q(returned_amount__gte=0)
                & Q(returned_amount__lte=F("net_amount"))
                & Q(list_amount__gte=F("net_amount")),
            ),
        )
        indexes = (
            models.Index(fields=["member", "paid_at"], name="order_of_member"),
            models.Index(fields=["store", "paid_at"], name="order_of_store"),
            models.Index(fields=["guide"], name="order_of_guide", condition=Q(guide__isnull=False)),
            models.Index(fields=["recorded_at", "id"], name="order_recorded"),
        )
        triggers = (
            pgtrigger.Trigger(
                name="sales_touched",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                referencing=pgtrigger.Referencing(old="old_orders", new="new_orders"),
                func=TOUCHED,
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.order_no}"

    @property
    def public_id(self) -> str:
        """The id partners know the order by."""
        return public_id("ord", self.pk)


class OrderLine(ScopedModel):
    """One line of an order. ``amount`` is what was paid for the line, in yuan.

    ``paid_at`` is that of the order, which replaces its lines when it is revised: who bought a product lately is read
    off the index, without the orders of all time. The category is asked of the product, so that it may change.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", verbose_name=_("order"), db_index=False)
    line_no = models.PositiveIntegerField(_("line"))
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", verbose_name=_("product"), db_index=False)
    paid_at = models.DateTimeField(_("paid at"), editable=False)
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=3)
    unit_price = models.DecimalField(_("unit price"), max_digits=12, decimal_places=3)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)

    scope = ByMember("order__member")

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ("order", "line_no")
        constraints = (
            models.UniqueConstraint(fields=["order", "line_no"], name="order_line_once"),
            models.CheckConstraint(
                name="order_line_amounts", condition=Q(quantity__gt=0) & Q(unit_price__gte=0) & Q(amount__gte=0)
            ),
        )
        indexes = (models.Index(fields=["product", "paid_at"], name="order_line_bought", include=["order"]),)

    def __str__(self) -> str:
        return f"{self.order_id}/{self.line_no}"


class OrderCoupon(ScopedModel):
    """A coupon code that the till says was used in an order; coupons reconciles it with its own history."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="coupons", verbose_name=_("order"), db_index=False)
    code = models.CharField(_("coupon code"), max_length=32, db_collation="C")

    scope = ByMember("order__member")

    class Meta:
        verbose_name = _("coupon used in an order")
        verbose_name_plural = _("coupons used in orders")
        constraints = (models.UniqueConstraint(fields=["order", "code"], name="order_coupon_once"),)
        indexes = (models.Index(fields=["code"], name="order_coupon_code"),)

    def __str__(self) -> str:
        return self.code


class OrderShareCode(ScopedModel):
    """The code of a share link that led to an order, as whoever sold it says; campaigns knows whose link that is."""

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True, related_name="share", verbose_name=_("order"))
    code = models.CharField(_("code of a share link"), max_length=32, db_collation="C")

    scope = ByMember("order__member")

    class Meta:
        verbose_name = _("share code of an order")
        verbose_name_plural = _("share codes of orders")

    def __str__(self) -> str:
        return self.code


class Return(ScopedModel):
    """Goods or money that came back. Known once by (channel, return_no).

    ``order_no`` is empty for a return without a receipt. The order itself may arrive later than its return: ``order``
    is then filled when it does.
    """

    channel = models.CharField(_("channel"), max_length=20, db_collation="C")
    return_no = models.CharField(_("return number"), max_length=64, db_collation="C")
    fingerprint = models.BinaryField(_("fingerprint"), max_length=16)
    order_no = models.CharField(_("order number"), max_length=64, blank=True, db_collation="C")
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="returns", verbose_name=_("order")
    )
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="returns", verbose_name=_("member"), db_index=False
    )
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", verbose_name=_("store"))
    named = models.BigIntegerField(_("member named"), null=True, editable=False)
    returned_at = models.DateTimeField(_("returned at"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    scope = ByMember()

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        ordering = ("-returned_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["return_no", "channel"], name="return_known_once"),
            models.CheckConstraint(name="return_amount", condition=Q(amount__gte=0)),
        )
        indexes = (
            models.Index(fields=["member", "returned_at"], name="return_of_member"),
            models.Index(fields=["order_no", "channel"], name="return_of_order"),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.return_no}"


class ReturnLine(ScopedModel):
    """One line of a return."""

    return_of = models.ForeignKey(
        Return, models.CASCADE, related_name="lines", verbose_name=_("return"), db_index=False
    )
    line_no = models.PositiveIntegerField(_("line"))
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", verbose_name=_("product"))
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=3)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)

    scope = ByMember("return_of__member")

    class Meta:
        verbose_name = _("return line")
        verbose_name_plural = _("return lines")
        ordering = ("return_of", "line_no")
        constraints = (models.UniqueConstraint(fields=["return_of", "line_no"], name="return_line_once"),)

    def __str__(self) -> str:
        return f"{self.return_of_id}/{self.line_no}"
