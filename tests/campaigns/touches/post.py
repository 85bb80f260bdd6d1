"""A post office: messages, members who agreed, campaigns that want something said, and a provider that tests steer."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from campaigns.channels.base import Asked, Came, ChannelSpeaker, Outgoing, Sent
from campaigns.models import Arm, Journey, MemberDayOccurrence, MessageTemplate, Touch, Trip
from campaigns.touches.planning import plan
from members.models import Consent, IdentityKind, Member
from tests.makers import days_ago, make_member, make_member_day, number


class Pigeon(ChannelSpeaker):
    """A provider in the house. ``got`` is what arrived, in order; ``says`` answers instead of accepting everything."""

    key = "sms"
    label = "Pigeons"
    address_kind = IdentityKind.PHONE
    consent = Consent.Channel.SMS
    at_once = 10

    def __init__(self) -> None:
        self.got: list[Outgoing] = []
        self.asked: list[Asked] = []
        self.on = True
        self.says: Callable[[Outgoing], Sent] = lambda one: Sent(one.touch_id, Came.ACCEPTED, f"p{one.touch_id}")
        self.knows: Callable[[Asked], Sent] = lambda one: Sent(one.touch_id, Came.UNKNOWN)

    def is_set_up(self) -> bool:
        return self.on

    def send(self, batch: Sequence[Outgoing]) -> Sequence[Sent]:
        self.got += batch
        return [self.says(one) for one in batch]

    def ask(self, touches: Sequence[Asked]) -> Sequence[Sent]:
        self.asked += touches
        return [self.knows(one) for one in touches]


def make_message(text: str = "{name}您好，会员日到了。", **fields: Any) -> MessageTemplate:
    """A marketing text message."""
    fields.setdefault("channel", "sms")
    return MessageTemplate.objects.create(name=f"通知 {number()}", text=text, **fields)


def make_occurrence() -> MemberDayOccurrence:
    """A date of a campaign that is on."""
    today = timezone.localdate()
    return MemberDayOccurrence.objects.create(member_day=make_member_day(), on=today, until=today)


def make_reader(name: str = "张晓梅", phone: str = "", channel: str = "sms", **fields: Any) -> Member:
    """A member with a phone who agreed to the channel."""
    member = make_member(name, phone=phone or f"138{number():08}", **fields)
    Consent.objects.create(member=member, channel=channel, granted=True, wording_version="1", at=days_ago(1))
    return member


def notice(
    *members: Member,
    message: MessageTemplate | None = None,
    due_at: datetime | None = None,
    value: str = "0",
    **more: Any,
) -> list[Touch]:
    """Plan a message of a new campaign for members, due now unless told otherwise."""
    message, occurrence = message or make_message(), make_occurrence()
    who = [member.pk for member in members]
    plan(
        Touch.Source.CAMPAIGN, message.channel, message.pk, members=who, source_ids=[occurrence.pk] * len(who),
        step="notice", due_at=due_at or timezone.now(), value=Decimal(value), **more,
    )  # fmt: skip
    found = Touch.objects.filter(source="campaign", source_id=occurrence.pk, channel=message.channel)
    return [found.get(member=member) for member in members]


def state(touch: Touch) -> tuple[str, str]:
    """Where a touch stands, and why."""
    touch.refresh_from_db()
    return touch.state, touch.suppressed_by


def make_trip(journey: Journey, member: Member, **fields: Any) -> Trip:
    """A member on their way through a journey."""
    fields = {"arm": Arm.TREATED, "step": "w", "state": "active", "entry": f"test{number()}", **fields}
    ended = timezone.now() if fields["state"] != "active" else None
    return Trip.objects.create(
        journey=journey, version=journey.version, member=member, entered_at=timezone.now(), ended_at=ended, **fields
    )
