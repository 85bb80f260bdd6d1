"""One person, one member: pairs that may be one person, merges with what they moved, and erasures with their proof."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from stores.freetext import FreeText
from stores.ids import public_id
from stores.scope import HeadquartersOnly, ScopedModel


class IdentityConflict(ScopedModel):
    """Two members to whom one set of identities led: headquarters decides whether they are one person.

    ``left`` is the member with the smaller key. ``kinds`` are the kinds of identity that met, ``times`` how often.
    """

    class State(models.TextChoices):
        """What was decided."""

        OPEN = "open", _("To be decided")
        MERGED = "merged", _("Merged")
        APART = "apart", _("Two people")

    left = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("member"))
    right = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("other member"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    kinds = ArrayField(models.CharField(max_length=20), verbose_name=_("identities that met"), default=list)
    why = models.CharField(_("why not by itself"), max_length=40, blank=True)
    source = FreeText(_("came from"), max_length=40, blank=True)
    times = models.PositiveIntegerField(_("how often"), default=1)
    first_at = models.DateTimeField(_("first seen"), db_default=Now())
    last_at = models.DateTimeField(_("last seen"), db_default=Now())
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("decided by")
    )
    note = FreeText(_("note"), max_length=200, blank=True)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        ordering = ("-last_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["left", "right"], name="conflict_of_pair_once"),
            models.CheckConstraint(name="conflict_in_order", condition=Q(left__lt=F("right"))),
        )
        indexes = (models.Index(fields=["state", "-last_at"], name="conflict_queue"),)

    def __str__(self) -> str:
        return f"{self.left} / {self.right}"

    @property
    def public_id(self) -> str:
        """The review id that partners are told."""
        return public_id("rev", self.pk)


class MemberMerge(ScopedModel):
    """One member absorbed into another, and how things stood before. Undone at most once; a new merge is a new row.

    ``before`` holds, for both rows, the columns that no recomputation brings back.
    """

    class Why(models.TextChoices):
        """Who decided."""

        AUTOMATIC = "automatic", _("By itself")
        REVIEW = "review", _("After review")
        HAND = "hand", _("By hand")

    kept = models.ForeignKey(Member, models.PROTECT, related_name="absorptions", verbose_name=_("kept"))
    absorbed = models.ForeignKey(Member, models.PROTECT, related_name="merges", verbose_name=_("absorbed"))
    why = models.CharField(_("decided"), max_length=10, choices=Why.choices)
    note = FreeText(_("note"), max_length=200, blank=True)
    made_at = models.DateTimeField(_("merged at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("merged by")
    )
    undone_at = models.DateTimeField(_("parted at"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("parted by")
    )
    before = models.JSONField(_("before"), default=dict)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("merge of members")
        verbose_name_plural = _("merges of members")
        ordering = ("-made_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["absorbed"], name="absorbed_once_at_a_time", condition=Q(undone_at__isnull=True)
            ),
            models.CheckConstraint(name="merge_of_two", condition=~Q(kept=F("absorbed"))),
        )

    def __str__(self) -> str:
        return f"{self.absorbed} → {self.kept}"


class MergedRows(ScopedModel):
    """Which rows of a table a merge moved from the absorbed member to the kept one, or made (``is_made``)."""

    merge = models.ForeignKey(MemberMerge, models.CASCADE, related_name="rows", verbose_name=_("merge"))
    table = models.CharField(_("table"), max_length=63)
    ids = ArrayField(models.BigIntegerField(), verbose_name=_("rows"))
    is_made = models.BooleanField(_("made by the merge"), default=False)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("rows of a merge")
        verbose_name_plural = _("rows of merges")
        constraints = (
            models.UniqueConstraint(fields=["merge", "table", "is_made"], name="merged_rows_once_per_table"),
        )

    def __str__(self) -> str:
        return f"{self.table}: {len(self.ids)}"


class Erasure(ScopedModel):
    """The proof that a member's personal data went: who asked, who did it, when, and how much of what.

    It holds no personal data. ``digests`` are the blind indexes of the identities that were removed, so that a later
    question "was this number erased?" can be answered by whoever brings the number.
    """

    member = models.OneToOneField(Member, models.PROTECT, related_name="erasure", verbose_name=_("member"))
    asked_by = FreeText(_("asked by"), max_length=80)
    reason = FreeText(_("reason"), max_length=200, blank=True)
    made_at = models.DateTimeField(_("erased at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("erased by")
    )
    removed = models.JSONField(_("what went"), default=dict)
    digests = ArrayField(models.BinaryField(), verbose_name=_("blind indexes"), default=list, editable=False)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return f"{self.member_id}"
