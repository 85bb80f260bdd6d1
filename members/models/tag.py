"""Tags in groups, and which member carries which."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from stores.scope import ByMember, Reference, ScopedModel


class TagGroup(ScopedModel):
    """Tags that belong together: system groups are filled by rules, manual ones by people."""

    class Kind(models.TextChoices):
        """Who fills the group."""

        SYSTEM = "system", _("System tags")
        MANUAL = "manual", _("Manual tags")

    name = models.CharField(_("name"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.MANUAL)
    single_choice = models.BooleanField(
        _("only one at a time"),
        default=False,
        help_text=_("A new tag of the group takes the place of the one the member has."),
    )
    guides_see = models.BooleanField(
        _("guides see it"),
        default=True,
        help_text=_("Without it guides find the tags of the group nowhere. Managers and headquarters see all groups."),
    )
    guides_set = models.BooleanField(
        _("guides may set it"),
        default=True,
        help_text=_("Guides put tags of the group on their members and take them off. Needs “guides see it”."),
    )
    managers_set = models.BooleanField(
        _("managers may set it"),
        default=True,
        help_text=_("The same for store managers and area managers. Nobody sets system tags by hand."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    scope = Reference()

    class Meta:
        verbose_name = _("tag group")
        verbose_name_plural = _("tag groups")
        ordering = ("position", "name")
        constraints = (
            models.CheckConstraint(
                name="system_tags_are_not_set_by_guides",
                condition=~Q(kind="system", guides_set=True),
                violation_error_message=_("System tags are set by rules, not by guides."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Tag(ScopedModel):
    """A word that can be put on a member. ``rule`` is the rule tree (members.segments.trees) that keeps a system tag
    fresh; a tag put on by hand goes after ``lasts_days`` unless it is set anew."""

    group = models.ForeignKey(TagGroup, models.CASCADE, related_name="tags", verbose_name=_("group"))
    name = models.CharField(_("name"), max_length=40)
    rule = models.JSONField(_("rule"), null=True, blank=True)
    lasts_days = models.PositiveSmallIntegerField(
        _("goes after so many days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Counted from the day somebody puts it on; empty: it stays. Whoever sets it may choose less."),
    )
    refreshed_at = models.DateTimeField(_("as of"), null=True, editable=False)
    job = models.ForeignKey(
        "stores.Job", models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("job")
    )
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    scope = Reference()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("group__position", "position", "name")
        constraints = (models.UniqueConstraint(fields=["group", "name"], name="tag_once_in_group"),)

    def __str__(self) -> str:
        return self.name


class MemberTag(ScopedModel):
    """A tag on a member: who or what put it there, when, until when; ``run`` when that was done to many at once."""

    class Source(models.TextChoices):
        """Where a tag on a member came from."""

        RULE = "rule", _("Rule")
        PERSON = "person", _("Person")
        IMPORT = "import", _("Import")
        PARTNER = "partner", _("Partner")
        CODE = "code", _("Channel code")

    member = models.ForeignKey(
        Member, models.CASCADE, related_name="member_tags", verbose_name=_("member"), db_index=False
    )
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+", verbose_name=_("tag"), db_index=False)
    source = models.CharField(_("came from"), max_length=8, choices=Source.choices, default=Source.PERSON)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("set by")
    )
    set_at = models.DateTimeField(_("set at"), db_default=Now())
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    run = models.ForeignKey(
        "members.TagRun",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("bulk tagging"),
        db_index=False,
    )

    scope = ByMember()

    class Meta:
        verbose_name = _("tag on a member")
        verbose_name_plural = _("tags on members")
        constraints = (
            models.UniqueConstraint(fields=["tag", "member"], name="tag_once_per_member", include=["expires_at"]),
        )
        indexes = (
            # what a store's members carry is counted from the index alone
            models.Index(fields=["member"], name="tag_of_member", include=["tag", "expires_at"]),
            models.Index(fields=["expires_at"], name="tag_expiry", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["run", "member"], name="tag_of_run", condition=Q(run__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.member_id} {self.tag_id}"
