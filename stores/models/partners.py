"""Partners (tills, web shop, mini-program) and the keys they call the API with."""

from functools import cached_property

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores.models.places import Store
from stores.scope import ScopedModel


class Scope(models.TextChoices):
    """What a key may do. The values are part of the partner API's contract."""

    MEMBERS_READ = "members:read", _("Read members")
    MEMBERS_WRITE = "members:write", _("Create and change members")
    MEMBERS_PII = "members:pii", _("See full phone numbers")
    MEMBERS_ERASE = "members:erase", _("Erase members")
    ORDERS_READ = "orders:read", _("Read orders")
    ORDERS_WRITE = "orders:write", _("Send orders and refunds")
    COUPONS_READ = "coupons:read", _("Check coupons")
    COUPONS_REDEEM = "coupons:redeem", _("Lock and redeem coupons")
    COUPONS_ISSUE = "coupons:issue", _("Issue coupons")
    QUOTES = "quotes", _("Ask for quotes")
    TOUCHES = "touches", _("Member inbox")
    STORES_READ = "stores:read", _("Read stores")
    TIERS_READ = "tiers:read", _("Read tiers")
    CAMPAIGNS_READ = "campaigns:read", _("Read campaigns")
    EVENTS = "events", _("Send behaviour events")
    RECRUIT = "recruit", _("Recruiting")
    EXPORTS_READ = "exports:read", _("Read the feed of changes")


class Partner(ScopedModel):
    """A system that talks to us.

    ``budget`` in yuan caps the face value of what it may issue on its own behalf; empty means that it may not issue.
    """

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    contact = models.CharField(_("contact"), max_length=120, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    budget = models.DecimalField(
        _("budget in yuan"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Face value of the coupons it may issue by itself. Empty: it may issue none."),
    )
    budget_used = models.DecimalField(_("budget used"), max_digits=12, decimal_places=2, default=0, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                name="partner_budget_holds",
                condition=Q(budget_used__gte=0) & (Q(budget=None) | Q(budget_used__lte=F("budget"))),
                violation_error_message=_("The budget cannot be less than what was used of it."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class PartnerKey(ScopedModel):
    """One API key of a partner. Only a hash of the secret is kept; two keys may be valid at once for rotation."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="keys", verbose_name=_("partner"))
    label = models.CharField(_("label"), max_length=80, blank=True)
    prefix = models.CharField(_("prefix"), max_length=16, unique=True)
    secret_hash = models.CharField(_("hash of the secret"), max_length=64, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=24, choices=Scope.choices), verbose_name=_("scopes"), default=list, blank=True
    )
    stores = models.ManyToManyField(
        Store, blank=True, related_name="+", verbose_name=_("stores"), help_text=_("Empty means every store.")
    )
    networks = ArrayField(
        models.CharField(max_length=43),
        verbose_name=_("allowed networks"),
        default=list,
        blank=True,
        help_text=_("Addresses or CIDR ranges, separated by commas. Empty means everywhere."),
    )
    requests_per_minute = models.PositiveIntegerField(_("requests per minute"), default=6000)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("partner key")
        verbose_name_plural = _("partner keys")
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"ck_{self.prefix}_…"

    @cached_property
    def own_stores(self) -> tuple[Store, ...]:
        """The stores that the key is limited to, as they were at the first question; none when it may act for all."""
        return tuple(self.stores.all())

    @property
    def is_valid(self) -> bool:
        """Whether the key opens the door at this moment."""
        ends = [moment for moment in (self.expires_at, self.revoked_at) if moment]
        return self.partner.is_active and all(timezone.now() < moment for moment in ends)


class StoredReply(ScopedModel):
    """What a POST with an Idempotency-Key was answered, kept for 24 hours. No status means it is still running.

    The key is kept as its keyed hash and the answer sealed (stores.sealing): both may hold what belongs to a member.
    """

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+", verbose_name=_("partner"))
    place = models.CharField(_("store"), max_length=40, blank=True)
    key = models.CharField(_("key"), max_length=32)
    fingerprint = models.CharField(_("fingerprint of the request"), max_length=32)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    body = models.BinaryField(_("answer"), null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("stored reply")
        verbose_name_plural = _("stored replies")
        constraints = (models.UniqueConstraint(fields=["partner", "place", "key"], name="one_reply_per_key"),)

    def __str__(self) -> str:
        return f"{self.partner_id} {self.key}"
