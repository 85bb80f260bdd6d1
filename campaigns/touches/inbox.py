"""The in-app inbox: what a member finds in the mini-program, what they have read and what they followed."""

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Channel, Touch, TouchState
from members.models import Member
from stores.errors import NotFound


def letters_to(member: Member) -> QuerySet[Touch]:
    """The in-app messages that reached a member, each with its words."""
    arrived = Touch.objects.filter(channel=Channel.INBOX, state=TouchState.ACCEPTED, words__isnull=False)
    return arrived.filter(member=member).select_related("words")


def letter(touch_id: int) -> Touch:
    """The in-app message of this number, with its member. Raises NotFound for anything else."""
    arrived = Touch.objects.filter(channel=Channel.INBOX, state=TouchState.ACCEPTED, words__isnull=False)
    found = arrived.select_related("words", "member").filter(pk=touch_id).first()
    if found is None:
        raise no_message()
    return found


def no_message() -> NotFound:
    """What to raise for a message that does not exist, or not for whoever asks."""
    return NotFound(_("There is no such message."), code="message_not_found")


def read(touch: Touch, *, at: datetime | None = None) -> Touch:
    """The member has opened it; the first time counts."""
    moment = at or timezone.now()
    return _mark(touch, read_at=moment)


def click(touch: Touch, *, at: datetime | None = None) -> Touch:
    """The member has followed it, so they have read it, too; the first time counts."""
    moment = at or timezone.now()
    return _mark(touch, read_at=moment, clicked_at=moment)


def _mark(touch: Touch, **moments: datetime) -> Touch:
    firsts = {field: Coalesce(field, moment) for field, moment in moments.items()}
    Touch.objects.filter(pk=touch.pk).update(**firsts)
    touch.refresh_from_db(fields=list(moments))
    return touch
