"""Coupons in wallets and the history of each."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from coupons.models.template import CouponTemplate, CouponTerms
from members.models import Member
from stores.freetext import FreeText
from stores.models import Store
from stores.scope import ByMember, HeadquartersOnly, ScopedModel


class CouponState(models.TextChoices):
    """Where a coupon stands; coupons.redemption holds the allowed moves."""

    ISSUED = "issued", _("Usable")
    LOCKED = "locked", _("Locked at a till")
    USED = "used", _("Used")
    EXPIRED = "expired", _("Expired")
    VOIDED = "voided", _("Voided")


class Origin(models.TextChoices):
    """Who gave the coupon."""

    CAMPAIGN = "campaign", _("Campaign")
    JOURNEY = "journey", _("Journey")
    OFFER = "offer", _("Guide's offer")
    TIER = "tier", _("Tier gift")
    EXCHANGE = "exchange", _("Points")
    PARTNER = "partner", _("Partner")
    GROUP = "group", _("Store group")
    SHARE = "share", _("Share link")
    RECRUIT = "recruit", _("Sign-up")
    REFERRAL = "referral", _("Referral")
    STAFF = "staff", _("Headquarters")


class Coupon(ScopedModel):
    """One coupon of one member. ``valid_until`` is exclusive; ``discount`` is what a redemption gave, in yuan, and
    ``given_back`` how much of that returns of some of the goods have taken back.

    While locked or used, (``order_channel``, ``order_no``) name the receipt that holds it. ``run`` is the bulk issue it
    came with, which gives each member one; ``is_double`` marks a second one that a merge of members brought along.
    """

    code = models.CharField(_("code"), max_length=17, db_collation="C")
    template = models.ForeignKey(
        CouponTemplate, models.PROTECT, related_name="+", verbose_name=_("coupon template"), db_index=False
    )
    terms = models.ForeignKey(CouponTerms, models.PROTECT, related_name="+", verbose_name=_("terms"), db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="coupons", verbose_name=_("member"), db_index=False)
    state = models.CharField(
        _("state"), max_length=8, choices=CouponState.choices, default=CouponState.ISSUED, db_default="issued"
    )
    origin = models.CharField(_("given by"), max_length=10, choices=Origin.choices)
    origin_id = models.BigIntegerField(_("given by number"), null=True, blank=True)
    run = models.ForeignKey(
        "coupons.IssueRun",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("bulk issue"),
        db_index=False,
    )
    is_double = models.BooleanField(_("second one after a merge"), default=False, db_default=False, editable=False)
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("guide"),
        db_index=False,
    )
    issued_at = models.DateTimeField(_("issued at"), db_default=Now())
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"))
    lock_until = models.DateTimeField(_("locked until"), null=True)
    order_channel = models.CharField(_("channel"), max_length=20, blank=True, db_default="", db_collation="C")
    order_no = models.CharField(_("order number"), max_length=64, blank=True, db_default="", db_collation="C")
    used_at = models.DateTimeField(_("used at"), null=True)
    used_store = models.ForeignKey(
        Store, models.PROTECT, null=True, related_name="+", verbose_name=_("used in"), db_index=False
    )
    discount = models.DecimalField(_("discount"), max_digits=10, decimal_places=2, null=True)
    given_back = models.DecimalField(_("given back"), max_digits=10, decimal_places=2, null=True)

    scope = ByMember()

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        ordering = ("-pk",)
        constraints = (
            # Not ``unique`` on the field: that would make a second index for prefixes, which this collation needs not.
            models.UniqueConstraint(fields=["code"], name="coupon_code_once"),
            # Members of a run are taken in ascending order, so this index stays hot and costs a bulk issue little.
            models.UniqueConstraint(
                fields=["run", "member"], name="one_coupon_per_run", condition=Q(run__isnull=False, is_double=False)
            ),
            models.CheckConstraint(name="coupon_window", condition=Q(valid_until__gt=F("valid_from"))),
            models.CheckConstraint(
                name="coupon_state_fits",
                condition=Q(state="locked", lock_until__isnull=False) & ~Q(order_no="")
                | Q(state="used", used_at__isnull=False, discount__gte=0, lock_until=None) & ~Q(order_no="")
                | Q(state__in=["issued", "expired", "voided"], used_at=None, lock_until=None, discount=None),
            ),
            models.CheckConstraint(
                name="coupon_gives_back_what_it_gave",
                condition=Q(given_back=None) | Q(state="used", given_back__gt=0, given_back__lte=F("discount")),
            ),
        )
        indexes = (
            models.Index(fields=["member", "state"], name="coupon_wallet"),
            # results of a template by days of issue; ascending within one, so a bulk issue keeps to one place of it
            models.Index(fields=["template", "issued_at"], name="coupon_of_template"),
            # a bulk issue ends all at once: the key lets whoever goes through them in chunks go on where it was
            models.Index(fields=["valid_until", "id"], name="coupon_expiring", condition=Q(state="issued")),
            models.Index(fields=["lock_until"], name="coupon_lock_ends", condition=Q(state="locked")),
            models.Index(fields=["used_at"], name="coupon_used", condition=Q(state="used")),
            models.Index(fields=["order_no", "order_channel"], name="coupon_of_order", condition=~Q(order_no="")),
        )

    def __str__(self) -> str:
        return self.code


class CouponEvent(ScopedModel):
    """One move in a coupon's life after its issue, which the coupon's own row tells. Append-only."""

    class Move(models.TextChoices):
        """What happened to the coupon."""

        LOCKED = "locked", _("Locked")
        RELEASED = "released", _("Released")
        REDEEMED = "redeemed", _("Redeemed")
        REVERSED = "reversed", _("Redemption reversed")
        GIVEN_BACK = "returned", _("Part given back by a return")
        NEW_TERMS = "terms", _("Given new terms")
        EXPIRED = "expired", _("Expired")
        VOIDED = "voided", _("Voided")

    coupon = models.ForeignKey(Coupon, models.CASCADE, related_name="events", verbose_name=_("coupon"))
    move = models.CharField(_("what happened"), max_length=8, choices=Move.choices)
    at = models.DateTimeField(_("at"), db_default=Now())
    order_channel = models.CharField(_("channel"), max_length=20, blank=True, db_default="")
    order_no = models.CharField(_("order number"), max_length=64, blank=True, db_default="")
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", verbose_name=_("store"))
    amount = models.DecimalField(_("discount"), max_digits=10, decimal_places=2, null=True)
    actor = models.CharField(_("by"), max_length=80, blank=True, db_default="")
    note = FreeText(_("note"), max_length=200, blank=True, db_default="")

    scope = ByMember("coupon__member")

    class Meta:
        verbose_name = _("coupon event")
        verbose_name_plural = _("coupon history")
        ordering = ("-pk",)
        # rows come in the order of time and stay where they are: as good as a tree, and costs a redemption nothing
        indexes = (BrinIndex(fields=["at"], name="coupon_event_at", autosummarize=True),)

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.move}"


class RunState(models.TextChoices):
    """Where a bulk issue stands before its job takes over, which has states of its own."""

    PREPARED = "prepared", _("Prepared")
    PENDING = "pending", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Sent back")


class IssueRun(ScopedModel):
    """One bulk issue: a template or a pack to an audience, carried out by a job once it is approved.

    ``audience`` is a rule that ``coupons.audience.Audience`` reads; ``expected`` and ``expected_cost`` are what the
    preview showed to whoever approved it. Whoever ``created_by`` does not approve above a limit.
    """

    template = models.ForeignKey(
        CouponTemplate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon template")
    )
    terms = models.ForeignKey(
        CouponTerms, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("terms")
    )
    pack = models.ForeignKey(
        "coupons.CouponPack", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon pack")
    )
    job = models.OneToOneField(
        "stores.Job", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("job")
    )
    state = models.CharField(_("state"), max_length=8, choices=RunState.choices, default=RunState.APPROVED)
    audience = models.JSONField(_("audience"), default=dict)
    expected = models.PositiveIntegerField(_("expected"), default=0)
    expected_cost = models.DecimalField(_("expected cost"), max_digits=14, decimal_places=2, default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    decision_note = models.CharField(_("note on the decision"), max_length=200, blank=True)
    origin = models.CharField(_("given by"), max_length=10, choices=Origin.choices, default=Origin.STAFF)
    origin_id = models.BigIntegerField(_("given by number"), null=True, blank=True)
    issued = models.PositiveIntegerField(_("issued"), default=0)
    skipped = models.PositiveIntegerField(_("skipped"), default=0)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("bulk issue")
        verbose_name_plural = _("bulk issues")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                name="run_issues_one_thing",
                condition=Q(template__isnull=False, pack=None) | Q(template=None, terms=None, pack__isnull=False),
            ),
            models.CheckConstraint(
                name="run_works_when_approved",
                condition=Q(job=None) | Q(state="approved"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.template or self.pack} · {self.created_at:%Y-%m-%d}"
