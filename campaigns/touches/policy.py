"""The gate: may a touch leave now, later, or never? Asked when it is claimed, for all that is due to many members.

Where several touches of a member want fewer places than there are, those of whom most is expected get them, whether
they are due now or later on the same day (campaigns.touches.places). The rules of the budget and of the quiet hours are
those that guides keep to as well (members.privacy.contacting).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.channels import CHANNELS
from campaigns.channels.base import ChannelSpeaker
from campaigns.models import Purpose
from campaigns.touches.places import KEPT, TAKEN, Places, is_same_day
from campaigns.touches.standing import Due, reachable
from members.models import Member, MemberState
from members.privacy import consents
from members.privacy.contacting import QUIET, Hindrance, contacts_of, hindrance
from stores.places import zone_of

LATER = timedelta(hours=1)
GONE, STALE, NO_CONSENT, NO_ADDRESS, NO_GUIDE = "member_gone", "stale", "no_consent", "no_address", "no_guide"
MERGED, PAUSED, CHANNEL_OFF, OUTBID = "member_merged", "source_paused", "channel_off", TAKEN


@dataclass(frozen=True)
class Verdict:
    """What the gate says: without a ``reason`` the touch leaves, with ``until`` it is asked again then, else never."""

    touch: Due
    reason: str = ""
    until: datetime | None = None

    @property
    def leaves(self) -> bool:
        """Whether it may leave now."""
        return not self.reason


def judge(touches: Sequence[Due], now: datetime) -> list[Verdict]:
    """A verdict for each touch that is due; those that are due later today keep their places where they are worth more.

    The caller holds the members' rows until the verdicts are written down.
    """
    asked = _Asked(touches)
    places = Places(contacts_of({one.member for one in touches}, now), now)
    found: list[Verdict] = []
    for touch in sorted(touches, key=lambda one: (one.member, -one.value, one.due_at, one.id)):
        if touch.due_at > now and not is_same_day(now, touch.due_at, _zone(touch)):
            continue
        verdict = _judge_one(touch, asked, places, max(now, touch.due_at))
        if touch.purpose == Purpose.MARKETING:
            _count(verdict, places, now)
        if touch.due_at <= now:
            found.append(verdict)
    return found


def _count(verdict: Verdict, places: Places, now: datetime) -> None:
    """What leaves takes a place, what will leave later today keeps one: for its own time or the end of the quiet."""
    touch, until = verdict.touch, verdict.until
    if verdict.leaves and touch.due_at <= now:
        places.take(touch.member)
    elif verdict.leaves:
        places.keep(touch.member, touch.due_at)
    elif verdict.reason == QUIET and until is not None and is_same_day(now, until, _zone(touch)):
        places.keep(touch.member, until)


def next_allowed(member: Member, channel: str, at: datetime, *, purpose: str = Purpose.MARKETING) -> Hindrance | None:
    """What stands against a message to the member at ``at``, and when nothing will; None when it may leave at once.

    ``until`` is ``at`` itself for what time alone does not mend (``no_consent``).
    """
    speaker = CHANNELS[channel]
    if purpose == Purpose.MARKETING and speaker.consent and not consents.may_contact(member, speaker.consent):
        return Hindrance(NO_CONSENT, at)
    contacts = contacts_of([member.pk], at)[member.pk] if purpose == Purpose.MARKETING else []
    return hindrance(contacts, at, zone_of(member.home_store), disturbs=speaker.disturbs)


class _Asked:
    """Who may be reached how, asked once per channel."""

    def __init__(self, touches: Sequence[Due]) -> None:
        members: dict[str, set[int]] = defaultdict(set)
        for one in touches:
            members[one.channel].add(one.member)
        self.on = {key: key in CHANNELS and CHANNELS[key].is_set_up() for key in members}
        self.agreed = self._of(members, lambda one: one.consent, consents.allowed_members)
        self.have = self._of(members, lambda one: one.address_kind, lambda who, kind: reachable(sorted(who), kind))

    @staticmethod
    def _of(
        members: Mapping[str, set[int]],
        what: Callable[[ChannelSpeaker], str | None],
        ask: Callable[[Iterable[int], str], Collection[int]],
    ) -> dict[str, Collection[int]]:
        """Channel -> those of its members who have what it needs; it needs nothing when it is missing."""
        needs = {key: what(CHANNELS[key]) for key in members if key in CHANNELS}
        return {key: ask(members[key], need) for key, need in needs.items() if need}


def _judge_one(touch: Due, asked: _Asked, places: Places, now: datetime) -> Verdict:
    never = _never(touch, asked, now)
    if never:
        return Verdict(touch, never)
    rests = _rests(touch, asked)
    if rests:
        return _put_off(touch, Hindrance(rests, now + LATER))
    return _judge_budget(touch, places, now)


def _judge_budget(touch: Due, places: Places, now: datetime) -> Verdict:
    """Whether there is a place for it now, after all that are worth more, and whether it is quiet."""
    markets, disturbs, zone = touch.purpose == Purpose.MARKETING, CHANNELS[touch.channel].disturbs, _zone(touch)
    counted = places.counted(touch.member) if markets else []
    against = hindrance(counted, now, zone, disturbs=disturbs)
    if against is None:
        return Verdict(touch)
    better = places.kept_until(touch.member) if markets else None
    if better and hindrance(places.counted(touch.member, kept=False), now, zone, disturbs=disturbs) is None:
        return _put_off(touch, Hindrance(OUTBID, better))
    lost = any(one.what in (TAKEN, KEPT) for one in counted[:1])
    return _put_off(touch, Hindrance(OUTBID, against.until) if lost else against)


def _zone(touch: Due) -> ZoneInfo:
    return ZoneInfo(touch.time_zone) if touch.time_zone else zone_of(None)


def _never(touch: Due, asked: _Asked, now: datetime) -> str:
    """Why time will not mend it; empty when it may."""
    key, member = touch.channel, touch.member
    wants_yes = touch.purpose == Purpose.MARKETING
    against = {
        GONE: touch.member_state == MemberState.ERASED,
        touch.never: bool(touch.never),
        STALE: touch.stale_at is not None and touch.stale_at <= now,
        NO_CONSENT: wants_yes and member not in asked.agreed.get(key, (member,)),
        NO_ADDRESS: member not in asked.have.get(key, (member,)),
        NO_GUIDE: key in CHANNELS and CHANNELS[key].asks_person and touch.guide is None,
    }
    return next((reason for reason, holds in against.items() if holds), "")


def _rests(touch: Due, asked: _Asked) -> str:
    """Why it is looked at again in a while. Touches of a merged member are on their way to the one who lives."""
    if touch.member_state == MemberState.MERGED:
        return MERGED
    return PAUSED if touch.paused else "" if asked.on[touch.channel] else CHANNEL_OFF


def _put_off(touch: Due, against: Hindrance) -> Verdict:
    """Later, if it still makes sense then."""
    too_late = touch.stale_at is not None and touch.stale_at <= against.until
    return Verdict(touch, against.code, None if too_late else against.until)
