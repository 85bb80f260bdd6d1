"""Tags that somebody says are wrong, and tags put on or taken off many members at once."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from members.models.tag import Tag
from stores.freetext import FreeText
from stores.models import Job
from stores.scope import ByMember, HeadquartersOnly, ScopedModel


class TagDispute(ScopedModel):
    """Somebody says that a system tag does not fit a member. The tag stays, marked, until headquarters decides.

    While it is open or upheld, the rule does not put the tag on this member anew; ``until`` ends that, the day itself
    included (None: nothing does).
    """

    class State(models.TextChoices):
        """How it stands."""

        OPEN = "open", _("Waiting")
        UPHELD = "upheld", _("Agreed: the tag goes")
        REJECTED = "rejected", _("The tag stays")

    member = models.ForeignKey(Member, models.CASCADE, related_name="+", verbose_name=_("member"))
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+", verbose_name=_("tag"), db_index=False)
    reason = FreeText(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("raised by")
    )
    raised_at = models.DateTimeField(_("raised at"), db_default=Now())
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = FreeText(_("answer"), max_length=200, blank=True)
    until = models.DateField(_("holds until"), null=True, blank=True)

    scope = ByMember()

    class Meta:
        verbose_name = _("disputed tag")
        verbose_name_plural = _("disputed tags")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["tag", "member"], name="disputed_once", condition=Q(state="open")),
            models.CheckConstraint(name="dispute_has_reason", condition=~Q(reason="")),
        )
        indexes = (models.Index(fields=["tag", "member"], name="dispute_holds", condition=~Q(state="rejected")),)

    def __str__(self) -> str:
        return f"{self.member_id} {self.tag_id}"


class TagRun(ScopedModel):
    """A tag put on, or taken off, all members whom a rule means, as a job; previewed first. ``undo_job`` takes off
    again what it put on."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+", verbose_name=_("tag"))
    takes_off = models.BooleanField(_("take it off"), default=False)
    rule = models.JSONField(_("rule"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    expected = models.PositiveIntegerField(_("members expected"), editable=False)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", verbose_name=_("job"), editable=False)
    undo_job = models.ForeignKey(
        Job, models.SET_NULL, null=True, related_name="+", verbose_name=_("taken back by"), editable=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("bulk tagging")
        verbose_name_plural = _("bulk taggings")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.tag} #{self.pk}"
