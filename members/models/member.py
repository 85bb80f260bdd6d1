"""The member, the identities that lead to one, and who looks after them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.tier import Tier
from stores.freetext import FreeText
from stores.ids import public_id
from stores.models import Store
from stores.scope import Both, ByMember, ByStore, ScopedModel

BUCKETS = 10_000


class MemberState(models.TextChoices):
    """Whether the row is a living member."""

    ACTIVE = "active", _("Active")
    MERGED = "merged", _("Merged into another")
    ERASED = "erased", _("Erased")


class Birthday(models.TextChoices):
    """The calendar a birthday is kept by."""

    SOLAR = "solar", _("Solar calendar")
    LUNAR = "lunar", _("Lunar calendar")


class Stage(models.TextChoices):
    """Lifecycle stage; members.lifecycle says when each applies."""

    INTRODUCTION = "introduction", _("Introduction")
    GROWING = "growing", _("Growing")
    MATURE = "mature", _("Mature")
    DECLINING = "declining", _("Declining")
    LOST = "lost", _("Lost")


class Member(ScopedModel):
    """A person known to the brand, one row however many channels. The row is the lock for all about the member.

    ``growth`` and ``points`` are caches of the ledgers, ``home_store`` and ``guide`` of the open assignment;
    ``manage.py audit`` recomputes and compares them. The points ledger adds up to ``points`` less ``points_owed``: what
    was spent and then taken back by a return is owed, and the next points pay it. ``birthday`` is the solar date of
    birth; ``feast_month`` and ``feast_day`` are when it is kept, in the member's calendar. ``bucket`` is random and
    never changes: every sample and holdout is a salted hash of it.
    """

    code = models.CharField(_("member code"), max_length=12, unique=True)
    name = FreeText(_("name"), max_length=60, blank=True)
    initials = models.CharField(_("pinyin initials"), max_length=60, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=MemberState.choices, default=MemberState.ACTIVE)
    phone_last4 = models.CharField(_("last four digits"), max_length=4, blank=True, editable=False)
    phone_masked = models.CharField(_("phone"), max_length=24, blank=True, editable=False)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    birthday_calendar = models.CharField(
        _("birthday calendar"), max_length=6, choices=Birthday.choices, default=Birthday.SOLAR
    )
    feast_month = models.PositiveSmallIntegerField(_("month of the birthday"), null=True, editable=False)
    feast_day = models.PositiveSmallIntegerField(_("day of the birthday"), null=True, editable=False)
    joined_at = models.DateTimeField(_("member since"))
    source = FreeText(_("came from"), max_length=40, blank=True)
    home_store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("home store"), db_index=False
    )
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("guide"),
        db_index=False,
    )
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="+", verbose_name=_("tier"), db_index=False)
    tier_since = models.DateTimeField(_("tier since"))
    growth = models.IntegerField(_("growth value"), default=0)
    points = models.IntegerField(_("points"), default=0)
    points_owed = models.IntegerField(_("points owed"), default=0, db_default=0, editable=False)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices, default=Stage.INTRODUCTION)
    stage_since = models.DateTimeField(_("stage since"), db_default=Now())
    bucket = models.PositiveSmallIntegerField(
        _("bucket"),
        editable=False,
        db_default=Func(
            Func(function="random", output_field=models.FloatField()) * BUCKETS,
            function="floor",
            output_field=models.PositiveSmallIntegerField(),
        ),
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("merged into"),
        editable=False,
        db_index=False,
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    updated_at = models.DateTimeField(_("updated at"), auto_now=True, db_default=Now())

    scope = ByMember("")

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(name="member_points_never_negative", condition=Q(points__gte=0)),
            models.CheckConstraint(
                name="member_owes_only_without_points",
                condition=Q(points_owed__gte=0) & (Q(points=0) | Q(points_owed=0)),
            ),
            models.CheckConstraint(
                name="member_merged_into_another",
                condition=Q(state=MemberState.MERGED, merged_into__isnull=False)
                | ~Q(state=MemberState.MERGED) & Q(merged_into=None),
            ),
            models.CheckConstraint(name="member_growth_never_negative", condition=Q(growth__gte=0)),
            models.CheckConstraint(name="member_bucket", condition=Q(bucket__lt=BUCKETS)),
        )
        indexes = (
            models.Index(fields=["guide", "name"], name="member_guide_name"),
            models.Index(fields=["home_store", "guide"], name="member_store_guide"),
            models.Index(
                fields=["tier", "home_store"], name="member_tier_store", condition=Q(state="active"), include=["id"]
            ),
            models.Index(fields=["phone_last4"], name="member_last4"),
            models.Index(fields=["name"], name="member_name_prefix", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["initials"], name="member_initials_prefix", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["updated_at", "id"], name="member_updated"),
            models.Index(
                fields=["birthday_calendar", "feast_month", "feast_day"],
                name="member_feast",
                condition=Q(feast_month__isnull=False),
            ),
            models.Index(fields=["merged_into"], name="member_merged", condition=Q(merged_into__isnull=False)),
            models.Index(fields=["id"], name="member_gone", condition=~Q(state="active")),
        )

    def __str__(self) -> str:
        return self.name or self.code

    @property
    def public_id(self) -> str:
        """The id that pages and partners know the member by."""
        return public_id("mem", self.pk)


class IdentityKind(models.TextChoices):
    """The kinds of identity known today; ``members.oneid.identities`` holds the rules of each."""

    PHONE = "phone", _("Phone")
    WECHAT_UNIONID = "wechat_unionid", _("WeChat union id")
    WECHAT_OPENID = "wechat_openid", _("WeChat open id")
    WECOM_EXTERNAL_ID = "wecom_external_id", _("WeCom external id")
    CARD_NO = "card_no", _("Card number")
    EMAIL = "email", _("E-mail")
    PARTNER_ID = "partner_id", _("Partner's id")
    STAFF = "staff", _("Staff number")


class Identity(ScopedModel):
    """A (kind, value) that leads to exactly one member.

    The value is kept sealed; ``digest`` is its blind index (stores.sealing), ``shown`` its masked form. ``origin`` is
    the member row it first led to: a merge moves the identity, an un-merge brings it home.
    """

    member = models.ForeignKey(Member, models.CASCADE, related_name="identities", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=20, choices=IdentityKind.choices)
    digest = models.BinaryField(_("blind index"), max_length=16, editable=False)
    sealed = models.BinaryField(_("sealed value"), max_length=260, editable=False)
    shown = models.CharField(_("value"), max_length=40, blank=True, db_default="", editable=False)
    origin = models.BigIntegerField(_("first led to"), editable=False)
    source = FreeText(_("came from"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    scope = ByMember()

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = (models.UniqueConstraint(fields=["kind", "digest"], name="identity_leads_to_one_member"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"


class Assignment(ScopedModel):
    """Who looked after a member from when to when. The open one (no end) is mirrored on the member row.

    ``batch`` groups the assignments of one hand-over, which can be taken back as a whole.
    """

    member = models.ForeignKey(Member, models.CASCADE, related_name="assignments", verbose_name=_("member"))
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("guide"), db_index=False
    )
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", verbose_name=_("store"))
    started_at = models.DateTimeField(_("from"), db_default=Now())
    ended_at = models.DateTimeField(_("until"), null=True)
    reason = FreeText(_("reason"), max_length=200, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("changed by")
    )
    batch = models.UUIDField(_("batch"), null=True, editable=False)

    scope = ByMember()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ("-started_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["member"], condition=Q(ended_at=None), name="one_guide_per_member"),
        )
        indexes = (
            models.Index(fields=["batch"], name="assignment_batch", condition=Q(batch__isnull=False)),
            models.Index(fields=["guide", "started_at"], name="assignment_of_guide"),
        )

    def __str__(self) -> str:
        return f"{self.member_id} → {self.guide_id}"


class Consent(ScopedModel):
    """One entry of the consent ledger: granted or withdrawn, in which words, by whom, where and when."""

    class Channel(models.TextChoices):
        """Ways to reach a member."""

        SMS = "sms", _("SMS")
        WECOM = "wecom", _("WeCom")
        WECHAT_SUBSCRIBE = "wechat_subscribe", _("Mini-program message")
        EMAIL = "email", _("E-mail")
        PHONE_CALL = "phone_call", _("Phone call")

    member = models.ForeignKey(Member, models.CASCADE, related_name="consents", verbose_name=_("member"))
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    purpose = models.CharField(_("purpose"), max_length=40, default="marketing")
    granted = models.BooleanField(_("granted"))
    wording_version = models.CharField(_("version of the wording"), max_length=40, blank=True)
    language = models.CharField(_("language of the wording"), max_length=10, blank=True, db_default="")
    collected_by = FreeText(_("collected by"), max_length=80, blank=True)
    store = models.ForeignKey(Store, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("store"))
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    scope = ByMember()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consent ledger")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=["member", "channel", "purpose", "-at", "-id"], name="consent_latest"),)

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {'+' if self.granted else '−'}"


class Note(ScopedModel):
    """What a guide wants to remember about a member. Private to the store where it was written."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="notes", verbose_name=_("member"))
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", verbose_name=_("store"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"))
    text = FreeText(_("note"), max_length=500)
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)

    scope = Both(ByMember(), ByStore())

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ("-created_at", "-pk")
        indexes = (models.Index(F("member"), F("created_at").desc(), name="note_of_member"),)

    def __str__(self) -> str:
        return self.text[:40]
