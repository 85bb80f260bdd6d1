"""The pre-send check for many members at once: who would get a coupon, who would not and why, and what it costs.

The rules are those of one offer (coupons.presend), with one more: a member who holds an unused coupon of the template
is left out, since nobody chose them one by one. Members are taken in the order given; where quota, budget or stock end,
those who come later are left out. Reads only, in at most ten queries however many members.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from coupons import colleagues, kinds, limits, quotas
from coupons.errors import CouponRefused, refuse
from coupons.kinds.words import last_day
from coupons.models import Coupon, CouponState, CouponTemplate
from coupons.offeroptions import closed, not_for, store_of
from coupons.presend import CHANNELS, TO_STAFF, hindered
from members.models import Consent, Member, MemberState, Tier
from members.privacy import contacting
from members.privacy.contacting import Contact
from members.privacy.wordings import MARKETING
from stores.models import Staff

LIVE = (CouponState.ISSUED, CouponState.LOCKED)


@dataclass(frozen=True)
class Recipient:
    """One of the chosen members, by which channel it would leave (the first they agreed to), and why it would not."""

    member: Member
    channel: str
    refusal: CouponRefused | None


@dataclass(frozen=True)
class ManyCheck:
    """Everything about an offer to many before the tap. ``strangers`` are chosen members whom the guide does not look
    after (any more): nothing is said about them but their number. ``room`` is what is left of the month now."""

    recipients: list[Recipient]
    strangers: int
    room: quotas.Room
    face_value: Decimal

    @property
    def going(self) -> list[Recipient]:
        """Who would get it."""
        return [one for one in self.recipients if one.refusal is None]

    @property
    def dropped(self) -> list[Recipient]:
        """Who would not."""
        return [one for one in self.recipients if one.refusal is not None]

    @property
    def cost(self) -> Decimal:
        """What it costs at most, in yuan."""
        return self.face_value * len(self.going)


@dataclass(frozen=True)
class _Known:
    """What is read once about all of them."""

    channels: Mapping[int, str]
    contacts: Mapping[int, Sequence[Contact]]
    had: Mapping[int, list[datetime]]
    holds: Mapping[int, datetime]
    staff: set[int]
    tiers: Mapping[int, str]
    now: datetime


def check_many(
    guide: Staff, member_ids: Iterable[int], template: CouponTemplate, *, at: datetime | None = None
) -> ManyCheck:
    """Who of these members ``guide`` could send the coupon to now. Raises CouponRefused (no_store)."""
    now, store = at or timezone.now(), store_of(guide)
    ids = list(dict.fromkeys(member_ids))
    seen = Member.objects.visible_to(guide).filter(pk__in=ids, state=MemberState.ACTIVE)
    rows = {one.pk: one for one in seen.select_related("tier", "home_store", "facts__favourite_category")}
    members = [rows[pk] for pk in ids if pk in rows]
    room = quotas.room_of(guide, store, quotas.month_of(store, now))
    face = kinds.face_value(template.terms) if template.terms else Decimal(0)
    known = _read(members, template, now)
    found: list[Recipient] = []
    going = 0
    for member in members:
        own = _against(member, template, known) or hindered(known.contacts.get(member.pk, ()), store, now)
        refusal = own or closed(template, going) or _less(room, template, face, going).refusal_for(template, face)
        going += refusal is None
        found.append(Recipient(member, known.channels.get(member.pk, ""), refusal))
    return ManyCheck(found, len(ids) - len(members), room, face)


def _read(members: Sequence[Member], template: CouponTemplate, now: datetime) -> _Known:
    ids = [member.pk for member in members]
    given = Coupon.objects.filter(template=template, member__in=ids).exclude(state=CouponState.VOIDED)
    had: dict[int, list[datetime]] = defaultdict(list)
    holds: dict[int, datetime] = {}
    for member, issued, until, state in given.values_list("member", "issued_at", "valid_until", "state"):
        had[member].append(issued)
        if state in LIVE and until > now:
            holds[member] = max(until, holds.get(member, until))
    scope = template.terms.tier_ids if template.terms else ()
    tiers = dict(Tier.objects.filter(pk__in=scope).values_list("pk", "name")) if scope else {}
    staff = set() if TO_STAFF.value else colleagues.among(ids)
    return _Known(channels_of_many(ids), contacting.contacts_of(ids, now), had, holds, staff, tiers, now)


def channels_of_many(member_ids: Sequence[int]) -> dict[int, str]:
    """The first channel of a guide that each member's last word allows; those who allow none are missing."""
    rows = Consent.objects.filter(member__in=member_ids, purpose=MARKETING, channel__in=CHANNELS)
    latest = rows.order_by("member_id", "channel", "-at", "-pk").distinct("member_id", "channel")
    allowed: dict[int, set[str]] = defaultdict(set)
    for member, channel, granted in latest.values_list("member_id", "channel", "granted"):
        if granted:
            allowed[member].add(channel)
    return {pk: next(one.value for one in CHANNELS if one.value in channels) for pk, channels in allowed.items()}


def _against(member: Member, template: CouponTemplate, known: _Known) -> CouponRefused | None:
    """What speaks against this member, whatever else is sent."""
    if member.pk in known.staff:
        return refuse("member_is_staff")
    if member.pk not in known.channels:
        return refuse("no_channel")
    if template.terms is None:
        return refuse("template_not_active")
    if member.pk in known.holds:
        return refuse("already_holds", words={"date": last_day(known.holds[member.pk])})
    full = limits.refusal_for(template, member, known.had.get(member.pk, ()), known.now)
    return full or not_for(template.terms, member, known.now, tiers=known.tiers)


def _less(room: quotas.Room, template: CouponTemplate, face: Decimal, count: int) -> quotas.Room:
    """The room when so many more were sent."""
    left, limit = room.quota(template)
    return replace(
        room,
        quotas={**room.quotas, template.pk: (left - count, limit)},
        guide=replace(room.guide, used=room.guide.used + face * count, count_used=room.guide.count_used + count),
        store=replace(room.store, used=room.store.used + face * count, count_used=room.store.count_used + count),
    )
