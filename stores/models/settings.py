"""Settings that HQ edits as data: the starred numbers of the domain."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.scope import Reference, ScopedModel


class Setting(ScopedModel):
    """One number or text that HQ may change; without a row the default of ``stores.policy`` holds."""

    name = models.CharField(_("name"), max_length=60, primary_key=True)
    value = models.JSONField(_("value"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("changed by")
    )
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    scope = Reference()

    class Meta:
        verbose_name = _("setting")
        verbose_name_plural = _("settings")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
