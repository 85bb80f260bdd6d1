"""Recruiting: channel codes with what each brought a day, sign-ups on their way, and whom they made a member."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from campaigns.models.memberday import MemberDay
from coupons.models import Coupon, CouponPack, CouponTemplate, GivenPack
from members.models import Birthday, Member, Tag
from stores.freetext import FreeText
from stores.models import Store
from stores.scope import ByGuide, ByMember, ByStore, HeadquartersOnly, ScopedModel


class CodeKind(models.TextChoices):
    """Whose code it is."""

    STORE = "store", _("Store")
    GUIDE = "guide", _("Guide")
    CAMPAIGN = "campaign", _("Campaign")


class CodeState(models.TextChoices):
    """Whether a code leads anywhere."""

    ACTIVE = "active", _("Active")
    OFF = "off", _("Switched off")


class ChannelCode(ScopedModel):
    """A code that people scan to sign up: who brings them, where they come from, what they are given.

    ``code`` is random and stands on posters, so it is never changed. ``starts_on`` and ``ends_on`` are whole business
    days of the store, the last one included. A guide and a store have one code each, a campaign as many as it likes.
    """

    code = models.CharField(_("code"), max_length=8, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=CodeKind.choices, default=CodeKind.CAMPAIGN)
    name = FreeText(_("name"), max_length=80)
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store"),
        help_text=_("Empty: whoever signs up chooses one, the nearest first."),
    )  # fmt: skip
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("guide")
    )
    campaign = models.ForeignKey(
        MemberDay, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("campaign")
    )
    source = FreeText(_("source"), max_length=40, help_text=_("What new members are said to come from."))
    tags = models.ManyToManyField(Tag, blank=True, related_name="+", verbose_name=_("automatic tags"))
    template = models.ForeignKey(
        CouponTemplate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("welcome coupon")
    )
    pack = models.ForeignKey(
        CouponPack, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("welcome pack")
    )
    starts_on = models.DateField(_("valid from"), null=True, blank=True)
    ends_on = models.DateField(_("valid until and with"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=6, choices=CodeState.choices, default=CodeState.ACTIVE)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+",
        verbose_name=_("created by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = ByGuide()

    class Meta:
        verbose_name = _("channel code")
        verbose_name_plural = _("channel codes")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["guide"], name="one_code_per_guide", condition=Q(kind="guide")),
            models.UniqueConstraint(fields=["store"], name="one_code_per_store", condition=Q(kind="store")),
            models.CheckConstraint(
                name="channel_code_fits_its_kind",
                condition=Q(kind="guide", guide__isnull=False)
                | Q(kind="store", store__isnull=False, guide=None)
                | Q(kind="campaign"),
            ),
            models.CheckConstraint(
                name="channel_code_gives_one_thing",
                condition=Q(template=None) | Q(pack=None),
                violation_error_message=_("Choose a welcome coupon or a welcome pack, not both."),
            ),
            models.CheckConstraint(
                name="channel_code_days",
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("The last day lies before the first."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class CodeDay(ScopedModel):
    """What a code brought on one day of the chain: visitors who scanned it, people who signed up."""

    code = models.ForeignKey(ChannelCode, models.CASCADE, related_name="days", verbose_name=_("channel code"))
    day = models.DateField(_("day"))
    scans = models.PositiveIntegerField(_("scans"), default=0, db_default=0)
    sign_ups = models.PositiveIntegerField(_("new members"), default=0, db_default=0)

    scope = ByGuide("code__guide", "code__store")

    class Meta:
        verbose_name = _("day of a channel code")
        verbose_name_plural = _("days of channel codes")
        ordering = ("-day", "code")
        constraints = (models.UniqueConstraint(fields=["code", "day"], name="code_day_once"),)

    def __str__(self) -> str:
        return f"{self.code_id} {self.day}"


class CodeScan(ScopedModel):
    """That a visitor scanned a code on a day, so that the same one counts once. ``visitor`` is a keyed hash that
    differs from day to day; the rows go after some days."""

    code = models.ForeignKey(ChannelCode, models.CASCADE, related_name="+", verbose_name=_("channel code"))
    day = models.DateField(_("day"), db_index=True)
    visitor = models.BinaryField(_("visitor"), max_length=16, editable=False)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("scan of a channel code")
        verbose_name_plural = _("scans of channel codes")
        constraints = (models.UniqueConstraint(fields=["code", "day", "visitor"], name="scan_counts_once"),)

    def __str__(self) -> str:
        return f"{self.code_id} {self.day}"


class JoinState(models.TextChoices):
    """Where a sign-up on its way stands."""

    WAITING = "waiting", _("To be confirmed")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Turned down")
    EXPIRED = "expired", _("Not confirmed in time")


class JoinRequest(ScopedModel):
    """Somebody typed a number into the sign-up page. Nothing is known of it until it is confirmed: by the code that was
    sent to the number, or by a guide of the store to whom ``spoken`` was shown.

    The number is sealed, and goes with the other words as soon as the request has ended. ``secret`` is a keyed hash of
    the code that was sent; ``device`` one of the browser's mark. ``consents`` are [channel, version, language].
    """

    code = models.ForeignKey(
        ChannelCode, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("channel code")
    )
    inviter = models.ForeignKey(
        Member, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("invited by")
    )
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", verbose_name=_("store"))
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("guide")
    )
    state = models.CharField(_("state"), max_length=9, choices=JoinState.choices, default=JoinState.WAITING)
    digest = models.BinaryField(_("blind index"), max_length=16, editable=False)
    sealed = models.BinaryField(_("sealed number"), max_length=260, null=True, editable=False)
    shown = models.CharField(_("phone"), max_length=24, blank=True, editable=False)
    name = FreeText(_("name"), max_length=60, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    birthday_calendar = models.CharField(
        _("birthday calendar"), max_length=6, choices=Birthday.choices, default=Birthday.SOLAR
    )
    consents = models.JSONField(_("agreed to"), default=list)
    device = models.BinaryField(_("device"), max_length=16, null=True, editable=False)
    spoken = models.CharField(_("number to show"), max_length=4)
    secret = models.BinaryField(_("code sent"), max_length=16, null=True, editable=False)
    sends = models.PositiveSmallIntegerField(_("codes sent"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    tries = models.PositiveSmallIntegerField(_("codes typed"), default=0)
    created_at = models.DateTimeField(_("asked at"), db_default=Now())
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("confirmed by")
    )
    member = models.ForeignKey(
        Member, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("member")
    )

    scope = ByStore()

    class Meta:
        verbose_name = _("sign-up on its way")
        verbose_name_plural = _("sign-ups on their way")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                name="join_request_keeps_no_number", condition=Q(state="waiting") | Q(sealed=None, name="")
            ),
        )
        indexes = (
            models.Index(fields=["digest", "-created_at"], name="join_of_number"),
            models.Index(fields=["store", "created_at"], name="join_waiting", condition=Q(state="waiting")),
            models.Index(fields=["created_at"], name="join_to_end", condition=Q(state="waiting")),
        )

    def __str__(self) -> str:
        return f"{self.shown} {self.spoken}"


class SignUp(ScopedModel):
    """That somebody signed up by a code (or an invitation, without one): a new member, or one who was one already.

    A new member is welcomed once: with ``coupon`` or ``pack``, or there is a ``refusal`` why not.
    """

    code = models.ForeignKey(
        ChannelCode, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("channel code")
    )
    member = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("member"))
    is_new = models.BooleanField(_("new member"))
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", verbose_name=_("store"))
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("guide")
    )
    device = models.BinaryField(_("device"), max_length=16, null=True, editable=False)
    tags = ArrayField(models.BigIntegerField(), verbose_name=_("tags set"), default=list, blank=True)
    coupon = models.ForeignKey(
        Coupon, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("welcome coupon")
    )
    pack = models.ForeignKey(
        GivenPack, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("welcome pack")
    )
    refusal = models.CharField(_("why not given"), max_length=40, blank=True)
    at = models.DateTimeField(_("at"), db_default=Now())

    scope = ByMember()

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["member", "code"], name="sign_up_once_by_code", nulls_distinct=False),
            models.CheckConstraint(name="welcomed_or_not", condition=Q(refusal="") | Q(coupon=None, pack=None)),
        )
        indexes = (
            models.Index(fields=["code", "at"], name="sign_up_of_code"),
            models.Index(fields=["guide", "at"], name="sign_up_of_guide"),
            models.Index(fields=["store", "at"], name="sign_up_of_store"),
            models.Index(fields=["device"], name="sign_up_device", condition=Q(device__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.member_id} · {self.code_id}"
