"""E-mail by SMTP, through Django's mail backend. Advertising carries a way out in its head and in its words."""

import smtplib
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import pgettext_lazy

from campaigns.channels import stopping
from campaigns.channels.base import Came, ChannelSpeaker, Outgoing, Sent
from members.models import Consent, IdentityKind

SECONDS = 10


class EmailSpeaker(ChannelSpeaker):
    """One SMTP server for the house. It cannot be asked, so what is unclear stays so."""

    key = "email"
    label = pgettext_lazy("channel", "E-mail")
    address_kind = IdentityKind.EMAIL
    consent = Consent.Channel.EMAIL
    disturbs = False
    needs = ("EMAIL_URL", "EMAIL_FROM")
    at_once = 20
    timeout = 60.0

    def is_set_up(self) -> bool:
        """With a server and an address of our own."""
        return bool(settings.EMAIL_HOST and settings.DEFAULT_FROM_EMAIL)

    def trial(self) -> str:
        """Say hello to the server and sign in."""
        server = get_connection(timeout=SECONDS)
        try:
            server.open()
        except (OSError, smtplib.SMTPException) as error:
            return _reason(error, "not_reached")
        _hang_up(server)
        return ""

    def send(self, batch: Sequence[Outgoing]) -> Sequence[Sent]:
        """One connection for all; it is opened anew after a message that broke it."""
        found: list[Sent] = []
        server = get_connection(timeout=SECONDS)
        try:
            for one in batch:
                found.append(_send_one(server, one))
        finally:
            _hang_up(server)
        return found


def _send_one(server: Any, one: Outgoing) -> Sent:
    try:
        server.open()
    except (OSError, smtplib.SMTPException) as error:
        return Sent(one.touch_id, Came.PLANNED, reason=_reason(error, "not_reached"))
    try:
        server.send_messages([_mail(one, server)])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        code = _code(error)
        state = Came.PLANNED if 400 <= code < 500 else Came.REJECTED
        _hang_up(server)
        return Sent(one.touch_id, state, reason=f"smtp_{code}")
    except (OSError, smtplib.SMTPException):
        _hang_up(server)
        return Sent(one.touch_id, Came.UNKNOWN, reason="broken_off")
    except ValueError:  # a head that would begin a new line
        return Sent(one.touch_id, Came.REJECTED, reason="bad_head")
    return Sent(one.touch_id, Came.ACCEPTED)


def _mail(one: Outgoing, server: Any) -> EmailMessage:
    """The mail, known by our key wherever it goes."""
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ")
    head = {"Message-ID": f"<{one.key}@{host}>", **stopping.mail_head(one.member_id)}
    text = f"{one.text}\n\n{one.link}" if one.link else one.text
    return EmailMessage(one.subject, text, None, [one.address], headers=head, connection=server)


def _hang_up(server: Any) -> None:
    """Close the connection, whatever state it is in."""
    try:
        server.close()
    except (OSError, smtplib.SMTPException):
        server.connection = None


def _code(error: smtplib.SMTPException) -> int:
    """The server's code, that of the first recipient where each has one."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next((int(code) for code, _words in error.recipients.values()), 550)
    return int(getattr(error, "smtp_code", 550))


def _reason(error: Exception, usual: str) -> str:
    code = getattr(error, "smtp_code", None)
    return f"smtp_{code}" if isinstance(code, int) else usual
