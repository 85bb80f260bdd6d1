"""Store groups: who belongs to one, what is posted there, and who claimed it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from coupons.models import Coupon, CouponTemplate
from members.models import Member, Product
from stores.ids import public_id
from stores.models import Store
from stores.scope import ByMember, ByStore, ScopedModel


class GroupState(models.TextChoices):
    """Whether a group takes part in anything."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class PostState(models.TextChoices):
    """Where a post stands; one that is published holds from its opening to its closing time."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    ENDED = "ended", _("Ended")


class JoinSource(models.TextChoices):
    """How somebody came into a group."""

    CODE = "code", _("Scanned the code")
    SHARE = "share", _("Shared by a friend")
    STORE = "store", _("In the store")
    OTHER = "other", _("Otherwise")


class StoreGroup(ScopedModel):
    """A group of members around a store, kept by one guide, as a rule in WeCom.

    ``members`` counts who belongs to it now, never more than ``most_members``; the join code is what people scan.
    """

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("kept by"))
    name = models.CharField(_("name"), max_length=60)
    address = models.URLField(
        _("address of the group in WeCom"),
        max_length=300,
        blank=True,
        help_text=_("Where the join code leads; shown as a QR code."),
    )
    join_code = models.CharField(_("join code"), max_length=12, unique=True, editable=False, db_collation="C")
    state = models.CharField(
        _("state"), max_length=6, choices=GroupState.choices, default=GroupState.OPEN, db_default="open"
    )
    most_members = models.PositiveIntegerField(
        _("most members"), default=200, validators=[MinValueValidator(1), MaxValueValidator(2000)]
    )
    members = models.PositiveIntegerField(_("members"), default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = ByStore()

    class Meta:
        verbose_name = _("store group")
        verbose_name_plural = _("store groups")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                name="store_group_not_too_full",
                condition=Q(members__lte=F("most_members")),
                violation_error_message=_("There are more members in it already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id partners know the group by."""
        return public_id("grp", self.pk)


class GroupMembership(ScopedModel):
    """A member in a group: once, however often they come and go. ``left_at`` is empty while they belong to it."""

    group = models.ForeignKey(
        StoreGroup, models.CASCADE, related_name="memberships", verbose_name=_("store group"), db_index=False
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))
    source = models.CharField(_("came by"), max_length=6, choices=JoinSource.choices)
    joined_at = models.DateTimeField(_("joined at"))
    left_at = models.DateTimeField(_("left at"), null=True)

    scope = ByMember()

    class Meta:
        verbose_name = _("member of a group")
        verbose_name_plural = _("members of groups")
        ordering = ("-joined_at", "-pk")
        constraints = (models.UniqueConstraint(fields=["group", "member"], name="in_a_group_once"),)
        indexes = (models.Index(fields=["group", "-joined_at"], name="group_belongs", condition=Q(left_at=None)),)

    def __str__(self) -> str:
        return f"{self.group_id} {self.member_id}"


class GroupPost(ScopedModel):
    """What is offered in a group: words with a product to reserve or a coupon to take, while it is open and there are
    some left. ``claimed`` never exceeds ``stock``; without a stock it has no end."""

    group = models.ForeignKey(StoreGroup, models.PROTECT, related_name="posts", verbose_name=_("store group"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("posted by"))
    text = models.CharField(_("words"), max_length=500)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    template = models.ForeignKey(
        CouponTemplate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon template")
    )
    stock = models.PositiveIntegerField(
        _("pieces in all"), null=True, blank=True, help_text=_("Empty means without limit.")
    )
    each = models.PositiveSmallIntegerField(
        _("per member"), default=1, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    claimed = models.PositiveIntegerField(_("claimed"), default=0, db_default=0, editable=False)
    state = models.CharField(
        _("state"), max_length=9, choices=PostState.choices, default=PostState.DRAFT, db_default="draft"
    )
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = ByStore("group__store")

    class Meta:
        verbose_name = _("post in a group")
        verbose_name_plural = _("posts in groups")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                name="group_post_stock_holds",
                condition=Q(stock=None) | Q(claimed__lte=F("stock")),
                violation_error_message=_("More than that were claimed already."),
            ),
            models.CheckConstraint(
                name="group_post_window",
                condition=Q(closes_at__gt=F("opens_at")),
                violation_error_message=_("It must close after it opens."),
            ),
            models.CheckConstraint(
                name="group_post_one_thing",
                condition=Q(product=None, template__isnull=False) | Q(product__isnull=False, template=None),
                violation_error_message=_("Choose a product or a coupon."),
            ),
            models.CheckConstraint(name="group_post_each", condition=Q(each__gte=1)),
        )

    def __str__(self) -> str:
        return self.text[:40]

    @property
    def public_id(self) -> str:
        """The id partners know the post by."""
        return public_id("pst", self.pk)


class GroupClaim(ScopedModel):
    """One piece of a post that a member took, the ``nth`` of theirs; with the coupon where the post gives one.

    ``guide`` is who claimed it for them at the counter.
    """

    post = models.ForeignKey(
        GroupPost, models.PROTECT, related_name="claims", verbose_name=_("post in a group"), db_index=False
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))
    nth = models.PositiveSmallIntegerField(_("which of theirs"), default=1)
    coupon = models.OneToOneField(Coupon, models.PROTECT, null=True, related_name="+", verbose_name=_("coupon"))
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("claimed by")
    )
    at = models.DateTimeField(_("at"), db_default=Now())

    scope = ByMember()

    class Meta:
        verbose_name = _("claim in a group")
        verbose_name_plural = _("claims in groups")
        ordering = ("-at", "-pk")
        constraints = (models.UniqueConstraint(fields=["post", "member", "nth"], name="claimed_once"),)

    def __str__(self) -> str:
        return f"{self.post_id} {self.member_id}"
