"""What members are asked: the wordings of consent, by version and language."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Consent
from stores.scope import Reference, ScopedModel


class ConsentWording(ScopedModel):
    """The words a member agrees to for one channel and purpose. A version is never changed: new words, new version.

    ``starts_on`` is the business day of the chain from which the version is shown; the latest one that has started is
    the one to show. Older versions stay, since entries of the ledger name them.
    """

    channel = models.CharField(_("channel"), max_length=20, choices=Consent.Channel.choices)
    purpose = models.CharField(_("purpose"), max_length=40, default="marketing")
    version = models.CharField(_("version"), max_length=40)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    text = models.TextField(_("words"), max_length=2000)
    starts_on = models.DateField(_("shown from"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("made by"),
    )
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    scope = Reference()

    class Meta:
        verbose_name = _("wording of consent")
        verbose_name_plural = _("wordings of consent")
        ordering = ("channel", "purpose", F("starts_on").desc(), "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["channel", "purpose", "version", "language"],
                name="wording_once",
                violation_error_message=_("This version exists already. New words need a new version."),
            ),
            models.CheckConstraint(name="wording_has_words", condition=~Q(text="") & ~Q(version="")),
        )

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.version}"
