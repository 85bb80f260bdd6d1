"""Imports of order files: the run, its staged rows and the rows that were turned away."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.freetext import FreeText
from stores.models import Job
from stores.scope import HeadquartersOnly, ScopedModel


class OrderImport(ScopedModel):
    """One file of orders on its way into the tables. ``digest`` is the SHA-256 of the file: the same file, one run."""

    job = models.OneToOneField(Job, models.CASCADE, related_name="+", verbose_name=_("job"))
    file_name = FreeText(_("file"), max_length=200)
    digest = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    is_dry_run = models.BooleanField(_("only check"), default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("order import")
        verbose_name_plural = _("order imports")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.file_name


class ImportPart(ScopedModel):
    """A part of what an import has staged: the orders from the key ``after`` on, whose blind index lies below ``until``
    ("" at the end). Each part is merged by itself; its ``counts`` move with its cursor ``after``."""

    order_import = models.ForeignKey(OrderImport, models.CASCADE, related_name="parts", verbose_name=_("order import"))
    after = models.TextField(_("merged up to"), blank=True, db_default="")
    until = models.TextField(_("until"), blank=True, db_default="")
    counts = models.JSONField(_("counts"), default=dict)
    is_done = models.BooleanField(_("done"), default=False)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("part of an import")
        verbose_name_plural = _("parts of imports")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.order_import_id}: … {self.until}"


class RejectedRow(ScopedModel):
    """A line of an import file that was turned away, with the reason in words."""

    order_import = models.ForeignKey(
        OrderImport, models.CASCADE, related_name="rejected", verbose_name=_("order import")
    )
    line = models.PositiveIntegerField(_("line"))
    code = models.CharField(_("reason code"), max_length=40)
    text = FreeText(_("row"), max_length=500, blank=True)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        ordering = ("order_import", "line")
        indexes = (models.Index(fields=["order_import", "line"], name="rejected_by_line"),)

    def __str__(self) -> str:
        return f"{self.line}: {self.code}"
