"""A test: a message sent to the very person who wrote it, before any member reads it.

A test goes to the sender's own phone, or to the addresses of the member record that is theirs (coupons.colleagues).
Other addresses cannot be typed in: a test is no way around consent and the contact budget. It is no touch.
"""

import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from campaigns.channels import CHANNELS
from campaigns.channels.base import Came, Outgoing
from campaigns.messages.preview import preview
from campaigns.models import Channel, MessageTemplate
from coupons.colleagues import members_of
from members.models import Identity, IdentityKind, Member
from members.oneid.identitykinds import mask
from members.oneid.identityseals import value_of
from stores import ratelimit
from stores.errors import Refusal
from stores.models import Staff

PER_MINUTE = 5


@dataclass(frozen=True)
class Way:
    """Where a test of a message goes: ``shown`` is the masked address; ``problem`` says why it cannot, else empty."""

    shown: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Tested:
    """What came of a test, in a sentence; ``left`` is whether the provider took it."""

    left: bool
    sentence: str


@dataclass(frozen=True)
class _Own:
    """An address of the person who tests, and the member record that is theirs."""

    kind: IdentityKind
    address: str
    member: Member | None


def way_to(template: MessageTemplate, person: Staff) -> Way:
    """Where a test by this person would go, or why it cannot. Sends nothing."""
    try:
        own = _own_address(template.channel, person)
    except Refusal as refusal:
        return Way(problem=str(refusal))
    return Way(shown=mask(own.kind, own.address))


def send_test(template: MessageTemplate, *, by: Staff, like: str = "") -> Tested:
    """Send the message to ``by``, worded for the member that ``like`` finds, else as the example.

    Raises Refusal ``channel_not_set_up``, ``no_own_address``, ``seen_in_preview`` for in-app messages,
    ``too_many_tests`` beyond five in a minute.
    """
    own = _own_address(template.channel, by)
    wait = ratelimit.take(f"test-message:{by.pk}", PER_MINUTE)
    if wait:
        raise Refusal(_("Too many tests. Wait %(seconds)s seconds.") % {"seconds": wait}, code="too_many_tests")
    words = preview(template, viewer=by, like=like).words
    message = Outgoing(
        touch_id=0,
        key=f"test-{uuid.uuid4().hex[:20]}",
        member_id=own.member.pk if own.member else 0,
        address=own.address,
        subject=words.subject,
        text=words.text,
        link=words.link,
        guide_id=own.member.guide_id if own.member else None,
    )
    (answer,) = CHANNELS[template.channel].send([message])
    shown = mask(own.kind, own.address)
    if answer.state == Came.REJECTED or answer.state == Came.PLANNED:
        return Tested(False, _("Not sent: the provider says %(reason)s.") % {"reason": answer.reason or answer.state})
    if CHANNELS[template.channel].asks_person:
        return Tested(True, _("Laid before the guide, who confirms it in WeCom."))
    return Tested(True, _("On its way to %(address)s.") % {"address": shown})


def _own_address(channel: str, person: Staff) -> _Own:
    """An address of the person's own. Raises Refusal, see ``send_test``."""
    if channel == Channel.INBOX:
        raise Refusal(_("In-app messages look as in the preview; there is nothing to send."), code="seen_in_preview")
    speaker = CHANNELS.get(channel)
    if speaker is None or speaker.address_kind is None or not speaker.is_set_up():
        raise Refusal(_("This channel is not set up. See Channels."), code="channel_not_set_up")
    kind = speaker.address_kind
    own = Member.objects.filter(pk__in=members_of([person])).order_by("pk").first()
    if kind == IdentityKind.PHONE and person.phone:
        return _Own(kind, person.phone, own)
    identity = Identity.objects.filter(member=own, kind=kind).order_by("pk").first() if own else None
    if identity is None:
        wording = _(
            "No %(kind)s of yours is known. Enter your phone as staff, or mark your own member record as yours."
        )
        raise Refusal(wording % {"kind": kind.label}, code="no_own_address")
    return _Own(kind, value_of(identity), own)
