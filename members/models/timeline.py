"""The timeline of recorded facts, and the deliveries that carry each batch to its reactions."""

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from stores.scope import ByMember, HeadquartersOnly, ScopedModel


class TimelineFact(ScopedModel):
    """Something that happened. Append-only.

    ``subject`` is the id of the row it is about (the kind says of which table), ``data`` is small and holds no
    personal data, ``cause`` is the fact that led to this one and ``depth`` how many reactions lie before it.
    """

    kind = models.CharField(_("kind"), max_length=40)
    member = models.ForeignKey(
        Member,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("member"),
        db_index=False,  # fact_of_member begins with it
        db_constraint=False,  # as in the ledgers
    )
    subject = models.BigIntegerField(_("subject"), null=True)
    at = models.DateTimeField(_("happened at"))
    data = models.JSONField(_("details"), default=dict, db_default={})
    batch = models.BigIntegerField(_("batch"))
    cause = models.BigIntegerField(_("cause"), null=True)
    depth = models.PositiveSmallIntegerField(_("depth"), default=0, db_default=0)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())

    scope = ByMember()

    class Meta:
        verbose_name = _("timeline fact")
        verbose_name_plural = _("timeline")
        ordering = ("-at", "-pk")
        indexes = (
            models.Index(fields=["member", "-at", "-id"], name="fact_of_member"),
            models.Index(fields=["batch", "id"], name="fact_of_batch"),
            # who came into another stage in a month
            models.Index(fields=["at"], name="fact_stage_changes", condition=Q(kind="member.stage_changed")),
            # how many numbers somebody revealed today
            models.Index(KT("data__by"), "at", name="fact_reveals_of", condition=Q(kind="member.revealed")),
            # who looked at whole numbers or took data out, newest first
            models.Index(
                fields=["-at", "-id"], name="fact_looks", condition=Q(kind__in=["member.revealed", "member.exported"])
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class DeliveryState(models.TextChoices):
    """Where a delivery stands."""

    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    SPLIT = "split", _("Split in two")
    QUARANTINED = "quarantined", _("Set aside")


class Delivery(ScopedModel):
    """One batch of facts on its way to one reaction; unique, so a batch reaches a reaction once.

    ``first_fact`` and ``last_fact`` narrow it to a part of the batch after a failed batch was bisected; zero means from
    the start and to the end.
    """

    batch = models.BigIntegerField(_("batch"))
    reaction = models.CharField(_("reaction"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    first_fact = models.BigIntegerField(_("first fact"), default=0, db_default=0)
    last_fact = models.BigIntegerField(_("last fact"), default=0, db_default=0)
    state = models.CharField(
        _("state"), max_length=12, choices=DeliveryState.choices, default=DeliveryState.WAITING, db_default="waiting"
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    due_at = models.DateTimeField(_("due at"), db_default=Now())
    error = models.TextField(_("error"), blank=True, db_default="")
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    done_at = models.DateTimeField(_("done at"), null=True)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["batch", "reaction", "first_fact", "last_fact"], name="batch_reaches_reaction_once"
            ),
        )
        indexes = (models.Index(fields=["due_at"], name="delivery_waiting", condition=Q(state="waiting")),)

    def __str__(self) -> str:
        return f"{self.batch} → {self.reaction}"
