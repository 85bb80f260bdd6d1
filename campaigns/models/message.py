"""Message templates: words that machines send, one for a channel, with variables in braces."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stores.freetext import FreeText
from stores.scope import Reference, ScopedModel


class Channel(models.TextChoices):
    """The ways a message can take; campaigns.channels speaks each."""

    INBOX = "inbox", _("In-app message")
    SMS = "sms", _("Text message")
    WECOM = "wecom", _("WeCom")
    EMAIL = "email", pgettext_lazy("channel", "E-mail")


class Purpose(models.TextChoices):
    """What a message is for: advertising needs consent and keeps to the contact budget, a service notice does not."""

    MARKETING = "marketing", _("Marketing")
    SERVICE = "service", _("Service notice")


class MessageTemplate(ScopedModel):
    """What is said on one channel. ``subject`` is the title of an in-app message or an e-mail.

    Whoever has been told keeps the words they were told (TouchText); editing changes what is sent from then on.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices)
    purpose = models.CharField(_("purpose"), max_length=9, choices=Purpose.choices, default=Purpose.MARKETING)
    subject = FreeText(pgettext_lazy("message", "subject"), max_length=80, blank=True)
    text = FreeText(_("text"), max_length=1000)
    link = models.URLField(_("link"), max_length=300, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = Reference()

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ("channel", "name")
        constraints = (
            models.CheckConstraint(
                name="message_channel", condition=Q(channel__in=[value for value, _label in Channel.choices])
            ),
        )

    def __str__(self) -> str:
        return self.name
