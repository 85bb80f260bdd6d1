"""Segments: named rules over facts, and who belonged to each from when until when."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from stores.ids import public_id
from stores.scope import ByMember, HeadquartersOnly, Reference, ScopedModel


class SegmentKind(models.TextChoices):
    """Whether the members of a segment follow its rule."""

    DYNAMIC = "dynamic", _("Follows its rule")
    STATIC = "static", _("Stays as it was taken")


class Segment(ScopedModel):
    """A rule with a name. ``rule`` is what members.segments.trees reads.

    ``size`` members belonged to it at ``refreshed_at``; None before it was taken for the first time.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=7, choices=SegmentKind.choices, default=SegmentKind.DYNAMIC)
    rule = models.JSONField(_("rule"))
    is_active = models.BooleanField(_("active"), default=True)
    is_live = models.BooleanField(
        _("follows within minutes"),
        default=False,
        help_text=_("Members come in and go out soon after something happens to them, not only at night."),
    )
    size = models.PositiveIntegerField(_("members"), null=True, editable=False)
    refreshed_at = models.DateTimeField(_("as of"), null=True, editable=False)
    job = models.ForeignKey(
        "stores.Job", models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("job")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    scope = Reference()

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id partners know the segment by."""
        return public_id("seg", self.pk)


class SegmentSpan(ScopedModel):
    """A member belonged to a segment from when to when; without an end they still do."""

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="spans", verbose_name=_("segment"), db_index=False
    )
    member = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("member"))
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"), null=True)

    scope = ByMember()

    class Meta:
        verbose_name = _("time in a segment")
        verbose_name_plural = _("times in segments")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["segment", "member"], name="in_segment_once", condition=Q(until=None)),
            models.CheckConstraint(name="segment_span", condition=Q(until=None) | Q(until__gte=F("since"))),
        )

    def __str__(self) -> str:
        return f"{self.segment_id} {self.member_id}"


class SegmentFound(ScopedModel):
    """Whom the rule of a segment found, while its members are brought in line with it. The table is logged: emptied by
    a crash between two chunks it would send everybody out."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="+", verbose_name=_("segment"), db_index=False)
    number = models.BigIntegerField(_("member"))

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("member found for a segment")
        verbose_name_plural = _("members found for segments")
        constraints = (models.UniqueConstraint(fields=["segment", "number"], name="found_once"),)

    def __str__(self) -> str:
        return f"{self.segment_id} {self.number}"
