"""Gifts of tiers as coupons: whoever becomes due one gets it once per period, or the reason why not is kept.

``GivenGift`` is the memory: (member, gift, period) is written once, so news that is delivered again, a tier that is
lost and reached again, or a birthday that is told twice gives nothing more. What was given counts as a use of the
benefit, so that nobody hands the gift over a second time, and what was handed over is not given again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons.handing import hand_out
from coupons.issuing import issue_coupon
from coupons.models import GivenGift, Origin, TierGift
from members import benefits
from members.benefitkinds import type_of
from members.locks import lock_member, lock_members
from members.models import Member, MemberState
from stores.errors import Conflict
from stores.models import Staff

HANDED_OVER = "benefit_used_up"
WHY_NOT = {
    "stock_spent": _("none of the coupon was left"),
    "limit_reached": _("the member has had all of this coupon"),
    "template_not_active": _("the coupon was not being issued"),
    "terms_ended": _("the coupon had ended"),
    HANDED_OVER: _("the gift was handed over already"),
}
OUR_FAULT = ("stock_spent", "template_not_active", "terms_ended")  # what headquarters can mend
WRITE = """
    INSERT INTO coupons_givengift (gift_id, member_id, period, coupon_id, refusal)
    SELECT %(gift)s, g.member_id, g.period, g.coupon_id, %(why)s
    FROM unnest(%(members)s::bigint[], %(periods)s::date[], %(coupons)s::bigint[]) AS g(member_id, period, coupon_id)
"""


@dataclass(frozen=True)
class Due:
    """A member who is due a gift of ``kind`` on a business day: of ``tier_id``, or of the tier held (None)."""

    member_id: int
    kind: str
    day: date
    tier_id: int | None = None


@dataclass(frozen=True)
class _Share:
    """One coupon of a gift for one member in one period."""

    gift: TierGift
    member: Member
    period: date


def give(due: Iterable[Due], *, at: datetime | None = None) -> int:
    """Give every gift that is due and was not given before; returns how many coupons. In the caller's transaction."""
    wanted = list(due)
    gifts = _gifts({one.kind for one in wanted})
    if not gifts or not wanted:
        return 0
    moment = at or timezone.now()
    locked = lock_members(one.member_id for one in wanted)
    rows = Member.objects.filter(pk__in=locked, state=MemberState.ACTIVE).select_related("home_store", "tier")
    shares, refused = _shares(wanted, {member.pk: member for member in rows}, gifts)
    _keep(refused, HANDED_OVER)
    return sum(_hand_out(gift, part, moment) for gift, part in _by_gift(shares))


def give_again(given: GivenGift, *, by: Staff | None) -> GivenGift:
    """Give a gift that could not be given, now that its cause is mended. What was given stays as it is.

    Raises CouponRefused while the cause lasts, Conflict ``gift_handed_over`` for one that staff handed over, NotFound
    for a member who is no longer one.
    """
    with transaction.atomic():
        member = lock_member(given.member_id)
        held = GivenGift.objects.select_related("gift__template__terms", "gift__benefit").get(pk=given.pk)
        if held.coupon_id is not None:
            return held
        if held.refusal == HANDED_OVER:
            raise Conflict(_("Staff handed this gift over."), code="gift_handed_over")
        now, gift = timezone.now(), held.gift
        held.coupon = issue_coupon(gift.template, member, origin=Origin.TIER, origin_id=gift.pk, at=now)
        held.refusal = ""
        held.save(update_fields=["coupon", "refusal"])
        benefits.record_gifts(gift.benefit, {member.pk: held.period}, at=now)
    return held


def of_benefits(benefit_ids: Iterable[int]) -> Mapping[int, Sequence[TierGift]]:
    """The active gifts of these benefits: what follows by itself and is not handed over."""
    found: dict[int, list[TierGift]] = defaultdict(list)
    for gift in TierGift.objects.filter(benefit__in=benefit_ids, is_active=True).select_related("template__terms"):
        found[gift.benefit_id].append(gift)
    return found


def _gifts(kinds: set[str]) -> Mapping[tuple[int, str], Sequence[TierGift]]:
    """The gifts in force, by tier and kind."""
    found: dict[tuple[int, str], list[TierGift]] = defaultdict(list)
    rows = TierGift.objects.filter(is_active=True, benefit__is_active=True, benefit__kind__in=kinds)
    for gift in rows.select_related("benefit__tier", "template__terms").order_by("pk"):
        found[gift.benefit.tier_id, gift.benefit.kind].append(gift)
    return found


def _shares(
    wanted: Sequence[Due], members: Mapping[int, Member], gifts: Mapping[tuple[int, str], Sequence[TierGift]]
) -> tuple[list[_Share], list[_Share]]:
    """What is to be given, and what was handed over by hand before; what was settled before is in neither."""
    used = benefits.uses_of(members.values())
    settled = set(GivenGift.objects.filter(member__in=members).values_list("gift_id", "member_id", "period"))
    due: dict[tuple[int, int, date], _Share] = {}
    gone: dict[tuple[int, int, date], _Share] = {}
    for one in wanted:
        member = members.get(one.member_id)
        if member is None or not _holds(member, one, gifts):
            continue
        for gift in gifts.get((one.tier_id or member.tier_id, one.kind), ()):
            benefit = gift.benefit
            period = type_of(benefit).span(benefit, member, one.day).key
            key = (gift.pk, member.pk, period)
            if key not in settled:
                left = benefits.remaining(benefit, member, one.day, used.get(member.pk, ()))
                (gone if left.left == 0 else due)[key] = _Share(gift, member, period)
    return list(due.values()), list(gone.values())


def _holds(member: Member, due: Due, gifts: Mapping[tuple[int, str], Sequence[TierGift]]) -> bool:
    """Whether the member still holds the tier whose gift it is, or a better one."""
    if due.tier_id is None or due.tier_id == member.tier_id:
        return True
    reached = gifts.get((due.tier_id, due.kind), ())
    return bool(reached) and (reached[0].benefit.tier.threshold or 0) <= (member.tier.threshold or 0)


def _by_gift(shares: Iterable[_Share]) -> list[tuple[TierGift, list[_Share]]]:
    """The shares of each gift and period, in the order in which templates are locked everywhere."""
    found: dict[tuple[int, int, date], tuple[TierGift, list[_Share]]] = {}
    for share in shares:
        key = (share.gift.template_id, share.gift.pk, share.period)
        found.setdefault(key, (share.gift, []))[1].append(share)
    return [found[key] for key in sorted(found)]


def _hand_out(gift: TierGift, shares: Sequence[_Share], now: datetime) -> int:
    """Coupons for as many as stock and limit allow; the others are kept with the reason."""
    by_member = {share.member.pk: share for share in shares}
    handed = hand_out(gift.template_id, list(by_member), origin=Origin.TIER, origin_id=gift.pk, at=now)
    for code, members in handed.refused.items():
        _keep([by_member[pk] for pk in members], code)
    periods = {pk: by_member[pk].period for pk in sorted(handed.coupons)}
    _write(gift, periods, coupons=[handed.coupons[pk] for pk in periods])
    benefits.record_gifts(gift.benefit, periods, at=now)
    return len(periods)


def _keep(shares: Sequence[_Share], why: str) -> int:
    """Write down why these were not given; none was."""
    for gift, part in _by_gift(shares):
        _write(gift, {share.member.pk: share.period for share in part}, why=why)
    return 0


def _write(gift: TierGift, periods: Mapping[int, date], *, coupons: Sequence[int] = (), why: str = "") -> None:
    """One row per member: with the coupon, or with the reason why there is none."""
    given: dict[str, Any] = {"gift": gift.pk, "members": list(periods), "periods": list(periods.values()), "why": why}
    with connection.cursor() as cursor:
        cursor.execute(WRITE, {**given, "coupons": list(coupons) or [None] * len(periods)})
