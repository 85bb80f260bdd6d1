"""Counters of passwords tried."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores.scope import ScopedModel


class SignInTry(ScopedModel):
    """How often passwords were tried for a name, from an address, or for both together, until ``ends_at``.

    ``key`` is a keyed hash, since user names may be phone numbers. ``known_at`` is when this name last came in from
    this address.
    """

    key = models.CharField(_("key"), max_length=40, primary_key=True)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    ends_at = models.DateTimeField(_("until"), default=timezone.now, db_index=True)
    known_at = models.DateTimeField(_("known since"), null=True)

    class Meta:
        verbose_name = _("password tries")
        verbose_name_plural = _("password tries")

    def __str__(self) -> str:
        return self.key
