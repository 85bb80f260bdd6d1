"""Facts per member, always recomputed from orders: narrow, fixed width, apart from the profile."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from members.models.order import Category
from stores.models import Store
from stores.scope import ByMember, HeadquartersOnly, ScopedModel


class MoneyCuts(ScopedModel):
    """The cut points of spend between the quintiles of buyers, frozen for a month (its first day)."""

    month = models.DateField(_("month"), primary_key=True)
    cuts = ArrayField(models.DecimalField(max_digits=14, decimal_places=2), verbose_name=_("cut points"))
    buyers = models.PositiveIntegerField(_("buyers they come from"))
    frozen_at = models.DateTimeField(_("frozen at"), auto_now_add=True)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("cut points of spend")
        verbose_name_plural = _("cut points of spend")
        ordering = ("-month",)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class MemberFacts(ScopedModel):
    """What the orders say about a member. Money in yuan, net of returns; gaps in days.

    ``next_change_on`` is the first date on which something here changes by itself because a window moves.
    """

    member = models.OneToOneField(
        Member, models.CASCADE, primary_key=True, related_name="facts", verbose_name=_("member")
    )
    orders = models.PositiveIntegerField(_("number of orders"), default=0)
    spend = models.DecimalField(_("spend"), max_digits=14, decimal_places=2, default=0)
    first_order_at = models.DateTimeField(_("first order"), null=True)
    last_order_at = models.DateTimeField(_("last order"), null=True)
    orders_365d = models.PositiveIntegerField(_("orders in 365 days"), default=0)
    spend_365d = models.DecimalField(_("spend in 365 days"), max_digits=14, decimal_places=2, default=0)
    average_basket = models.DecimalField(_("average basket"), max_digits=12, decimal_places=2, null=True)
    usual_gap_days = models.PositiveIntegerField(_("usual days between orders"), null=True)
    favourite_store = models.ForeignKey(
        Store, models.SET_NULL, null=True, related_name="+", verbose_name=_("favourite store"), db_index=False
    )
    favourite_category = models.ForeignKey(
        Category, models.SET_NULL, null=True, related_name="+", verbose_name=_("favourite category"), db_index=False
    )
    recency_score = models.PositiveSmallIntegerField(_("R"), null=True)
    frequency_score = models.PositiveSmallIntegerField(_("F"), null=True)
    money_score = models.PositiveSmallIntegerField(_("M"), null=True)
    next_change_on = models.DateField(_("changes by itself on"), null=True)
    computed_at = models.DateTimeField(_("as of"))

    scope = ByMember()

    class Meta:
        verbose_name = _("member facts")
        verbose_name_plural = _("member facts")
        indexes = (
            models.Index(fields=["next_change_on"], name="facts_due", condition=Q(next_change_on__isnull=False)),
            models.Index(fields=["last_order_at"], name="facts_last_order"),
            # a region's or the chain's members by spend: walked, not sorted
            models.Index(fields=["spend_365d", "member"], name="facts_spend"),
            models.Index(
                fields=["last_order_at"],
                name="facts_pre_churn",
                condition=Q(orders_365d__gte=4),
                include=["member", "orders_365d"],
            ),
        )

    def __str__(self) -> str:
        return f"{self.orders} · {self.spend}"
