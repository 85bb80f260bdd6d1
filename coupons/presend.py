"""The pre-send check: consent, caps, quiet hours, last contact by anyone, colleagues, budgets, the coupon's own rules
and what it costs; in one call, before the guide taps."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coupons import colleagues, quotas
from coupons.errors import CouponRefused, refuse
from coupons.models import CouponTemplate
from coupons.offeroptions import OfferOption, options_among, store_of
from members.models import Consent, Member
from members.privacy import consents, contacting
from members.privacy.contacting import QUIET_FROM, QUIET_UNTIL, Contact
from stores.models import Staff, Store
from stores.places import zone_of
from stores.policy import define

CHANNELS = (Consent.Channel.WECOM, Consent.Channel.WECHAT_SUBSCRIBE, Consent.Channel.SMS)
WEEKLY_CAP = define("offers.member_weekly_cap", 2, gettext_lazy("Messages of guides to a member in 7 days"), minimum=1)
TO_STAFF = define("offers.to_staff", False, gettext_lazy("Guides may send offers to colleagues"))
WEEK = timedelta(days=7)
OFFER = "offer"


@dataclass(frozen=True)
class ChannelCheck:
    """One way to reach the member. ``note`` says since when it is allowed, or why not."""

    key: str
    name: str
    note: str
    allowed: bool


@dataclass(frozen=True)
class Notice:
    """Something to know before sending; ``kind`` is warn for what has a consequence, empty for mere news."""

    text: str
    kind: str = "warn"


@dataclass(frozen=True)
class Contacts:
    """Messages of any guide to the member in the last 7 days. ``free_at`` is when the oldest leaves the count."""

    used: int
    cap: int
    last: Contact | None = None
    free_at: datetime | None = None


@dataclass(frozen=True)
class PreSendCheck:
    """Everything the guide sees before the tap. With a ``refusal`` it cannot be sent.

    ``room`` is what the guide and the store may still give this month, ``option`` the coupon with its rules, quota and
    cost, ``is_quiet`` whether a message may disturb now, ``works_here`` whether the member is a colleague.
    """

    channels: list[ChannelCheck]
    warnings: list[Notice]
    refusal: CouponRefused | None
    room: quotas.Room
    option: OfferOption | None = None
    contacts: Contacts = field(default_factory=lambda: Contacts(0, WEEKLY_CAP.value))
    is_quiet: bool = False
    works_here: bool = False

    @property
    def budget_left(self) -> Decimal | None:
        """What the store may still give away this month, in yuan; None without limit."""
        return self.room.store.left

    @property
    def quota_left(self) -> int | None:
        """How many of the coupon the guide may still send this month; None for words alone."""
        return self.option.left if self.option else None

    @property
    def quota_limit(self) -> int | None:
        """How many of the coupon the guide may send in a month; None for words alone."""
        return self.option.limit if self.option else None

    @property
    def cost(self) -> Decimal:
        """What sending it costs at most, in yuan."""
        return self.option.face_value if self.option else Decimal(0)


def pre_send_check(
    guide: Staff, member: Member, template: CouponTemplate | None, channel: str = "", *, at: datetime | None = None
) -> PreSendCheck:
    """May the guide send this to the member over ``channel`` now (empty: none chosen yet), and what follows from it.

    Raises CouponRefused (no_store) for somebody who works in no store. Reads only, in at most eight queries.
    """
    now, store = at or timezone.now(), store_of(guide)
    channels = channels_of(member, store)
    everybody = contacting.contacts_of([member.pk], now)[member.pk]
    contacts = _of_guides(everybody, now)
    room = quotas.room_of(guide, store, quotas.month_of(store, now))
    option = options_among(guide, member, [template], room=room)[0] if template else None
    works_here = not TO_STAFF.value and colleagues.colleague_behind(member) is not None
    staff = refuse("member_is_staff") if works_here else None
    refusals = (staff, _consent(channels, channel), hindered(everybody, store, now), option and option.refusal)
    return PreSendCheck(
        channels,
        _warnings(guide, contacts, store, now),
        next((refusal for refusal in refusals if refusal), None),
        room,
        option,
        contacts,
        is_quiet(store, now),
        works_here,
    )


def hindered(contacts: Sequence[Contact], store: Store, now: datetime) -> CouponRefused | None:
    """Why nobody of the store may write to a member with these contacts (the last first) now; None when they may."""
    return _cap(_of_guides(contacts, now), store) or _budget(contacts, store, now)


def contacts_of(member: Member, now: datetime) -> Contacts:
    """How often guides wrote to the member in the last 7 days, and when the next message is possible."""
    return _of_guides(contacting.contacts_of([member.pk], now)[member.pk], now)


def _of_guides(contacts: Sequence[Contact], now: datetime) -> Contacts:
    recent = [one for one in contacts if one.what == OFFER and one.at > now - WEEK]
    cap = WEEKLY_CAP.value
    # The count falls below the cap when the oldest of the last ``cap`` messages is a week old.
    decisive = recent[:cap][-1].at + WEEK if recent else None
    return Contacts(len(recent), cap, recent[0] if recent else None, decisive)


def channels_of(member: Member, store: Store | None) -> list[ChannelCheck]:
    """The ways a guide may reach a member, each with the member's last word on it."""
    known = consents.current(member)
    return [_channel(channel, known.get(channel), store) for channel in CHANNELS]


def _channel(channel: Consent.Channel, consent: Consent | None, store: Store | None) -> ChannelCheck:
    name = str(channel.label)
    if consent is None:
        return ChannelCheck(channel.value, name, _("Never asked"), allowed=False)
    day = f"{consent.at.astimezone(zone_of(store)):%Y-%m-%d}"
    note = _("Agreed on %(date)s") if consent.granted else _("Declined on %(date)s")
    return ChannelCheck(channel.value, name, note % {"date": day}, allowed=consent.granted)


def _consent(channels: Sequence[ChannelCheck], channel: str) -> CouponRefused | None:
    for one in channels:
        if one.key == channel and not one.allowed:
            return refuse("consent_missing", words={"channel": one.name}, channel=one.key)
    return None


def _cap(contacts: Contacts, store: Store) -> CouponRefused | None:
    if contacts.used < contacts.cap or contacts.free_at is None:
        return None
    day = contacts.free_at.astimezone(zone_of(store))
    words = {"used": contacts.used, "cap": contacts.cap, "date": f"{day:%m-%d %H:%M}"}
    return refuse("contact_cap", words=words, from_time=contacts.free_at)


def _budget(contacts: Sequence[Contact], store: Store, now: datetime) -> CouponRefused | None:
    """Guides and machines share what a member is asked to bear."""
    spent = contacting.budget_spent(contacts, now, zone_of(store))
    if spent is None:
        return None
    day = spent.until.astimezone(zone_of(store))
    return refuse("contact_budget", words={"date": f"{day:%m-%d %H:%M}"}, from_time=spent.until)


def _warnings(guide: Staff, contacts: Contacts, store: Store, now: datetime) -> list[Notice]:
    found: list[Notice] = []
    if contacts.used + 1 == contacts.cap:
        oldest = (contacts.free_at or now + WEEK).astimezone(zone_of(store))
        text = _("This reaches the week's limit (%(cap)s/%(cap)s): nothing more before %(date)s.")
        found.append(Notice(text % {"cap": contacts.cap, "date": f"{oldest:%m-%d}"}))
    if contacts.last and contacts.last.by != guide.pk:
        text = _("%(guide)s wrote to this member on %(date)s.")
        day = f"{contacts.last.at.astimezone(zone_of(store)):%m-%d}"
        found.append(Notice(text % {"guide": contacts.last.by_name, "date": day}, kind=""))
    if is_quiet(store, now):
        text = _("It is late: from %(start)s:00 to %(end)s:00 a message may disturb.")
        found.append(Notice(text % {"start": QUIET_FROM.value, "end": QUIET_UNTIL.value}))
    return found


def is_quiet(store: Store, now: datetime) -> bool:
    """Whether it is an hour in which messages disturb, by the store's clock."""
    return contacting.quiet_until(now, zone_of(store)) is not None
