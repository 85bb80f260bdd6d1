"""Jobs: long work that the database remembers, so that a killed worker loses and repeats nothing."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stores.freetext import FreeText
from stores.scope import HeadquartersOnly, ScopedModel


class JobState(models.TextChoices):
    """Where a job stands."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Job(ScopedModel):
    """One piece of resumable work: ``kind`` names its chunk function in config/jobs.py.

    ``params`` never change; ``cursor`` moves with the effect of each chunk in the same transaction. ``natural_key``
    makes planning the same thing twice harmless (a nightly period, an occurrence of a member day).
    """

    kind = models.CharField(_("kind"), max_length=60)
    queue = models.CharField(_("queue"), max_length=20, default="bulk")
    title = FreeText(_("title"), max_length=200, blank=True)
    natural_key = models.CharField(_("natural key"), max_length=120, unique=True, null=True, blank=True)
    params = models.JSONField(_("parameters"), default=dict)
    cursor = models.JSONField(_("cursor"), default=dict)
    result = models.JSONField(_("result"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=JobState.choices, default=JobState.WAITING)
    total = models.BigIntegerField(_("rows in all"), default=0)
    done = models.BigIntegerField(_("rows done"), default=0)
    attempts = models.PositiveIntegerField(_("failed attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    due_at = models.DateTimeField(_("due at"), db_default=models.functions.Now())
    lease_until = models.DateTimeField(_("claimed until"), null=True)
    claimed_by = models.CharField(_("claimed by"), max_length=80, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("-created_at", "-pk")
        constraints = (models.CheckConstraint(name="job_progress", condition=Q(done__gte=0) & Q(total__gte=0)),)
        indexes = (
            models.Index(fields=["due_at"], condition=Q(state__in=["waiting", "running"]), name="job_open"),
            models.Index(F("created_at").desc(), F("id").desc(), name="job_newest"),
        )

    def __str__(self) -> str:
        return self.title or f"{self.kind} {self.pk}"

    @property
    def percent(self) -> int:
        """How far the job is, 0 to 100."""
        if self.state == JobState.DONE:
            return 100
        return min(100, self.done * 100 // self.total) if self.total else 0
