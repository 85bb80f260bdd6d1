"""What became of referrals: both sides are rewarded after the friend's first order, once, and lose what is unused of it
when that order comes back in time.

Each referral is settled under the locks of both members, smallest key first, and then its own row: two orders, or the
same news twice, find it settled. A reward that cannot be given is noted with its reason and given to nobody else.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Referral, ReferralState, VoidReason
from coupons import voiding
from coupons.issuing import issue_coupon
from coupons.models import Coupon, CouponTemplate, Origin
from members import timeline
from members.ledgers import points
from members.ledgers.pointlots import lots_of
from members.locks import lock_members
from members.models import Member, MemberState, Order, PointsEntry
from members.timeline import NewFact
from stores.errors import Refusal
from stores.models import Staff
from stores.places import business_day, start_of_day

CEILING = "ceiling"
LIVE = (ReferralState.PENDING, ReferralState.REWARDED)


def settle_orders(order_ids: Iterable[int]) -> int:
    """Orders became known, changed or came back: settle the referrals that they are about. Returns how many moved."""
    rows = Order.objects.filter(pk__in=list(order_ids), member__isnull=False)
    friends = set(rows.values_list("member_id", flat=True))
    waiting = Q(state=ReferralState.PENDING, friend__in=friends)
    rewarded = Q(state=ReferralState.REWARDED) & (Q(order__in=rows) | Q(friend__in=friends))
    found = Referral.objects.filter(waiting | rewarded).order_by("pk").values_list("pk", flat=True)
    return sum(_settle(pk) for pk in list(found))


def settle_members(member_ids: Iterable[int]) -> int:
    """The same for everything these members are the inviter or the friend of, as after a merge."""
    ids = list(member_ids)
    mine = Referral.objects.filter(Q(inviter__in=ids) | Q(friend__in=ids), state__in=LIVE)
    return sum(_settle(pk) for pk in list(mine.order_by("pk").values_list("pk", flat=True)))


def lapse(now: datetime, *, most: int = 5000) -> int:
    """Void what waited for an order for too long; an order from within the time that arrives later counts no more."""
    late = Referral.objects.filter(state=ReferralState.PENDING, due_at__lte=now - timedelta(days=1)).order_by("due_at")
    ids = list(late.values_list("pk", flat=True)[:most])
    return sum(_settle(pk, lapsing=True) for pk in ids)


def void_by_hand(referral: Referral, *, by: Staff) -> Referral:
    """Take a referral back by headquarters, with what is unused of its rewards. Raises Refusal when it is void."""
    with transaction.atomic():
        held = _locked(referral.pk)
        if held.state == ReferralState.VOID:
            raise Refusal(_("This referral is void already."), code="referral_void")
        _void(held, VoidReason.BY_HAND)
    return held


def void_erased(member_ids: Sequence[int]) -> int:
    """End what waits about members who were erased; what was given stays given."""
    mine = Q(inviter__in=member_ids) | Q(friend__in=member_ids)
    pending = Referral.objects.filter(mine, state=ReferralState.PENDING)
    return pending.update(state=ReferralState.VOID, reason=VoidReason.ERASED, ended_at=timezone.now())


def _settle(pk: int, *, lapsing: bool = False) -> bool:
    """Move one referral as far as it goes by now; whether it moved."""
    with transaction.atomic():
        held = _locked(pk)
        if held.state == ReferralState.VOID:
            return False
        if held.inviter_id == held.friend_id:
            return _void(held, VoidReason.SAME_PERSON)
        if held.state == ReferralState.REWARDED:
            return _came_back(held) and _void(held, VoidReason.RETURNED)
        order = _first_order(held)
        if order is not None:
            return _reward(held, order)
        return lapsing and _void(held, _why_lapsed(held))


def _locked(pk: int) -> Referral:
    """The referral and both its members, locked; members first, as everywhere."""
    sides = Referral.objects.values_list("inviter_id", "friend_id").get(pk=pk)
    while True:
        lock_members(sides)
        held = Referral.objects.select_for_update(of=("self",)).select_related("programme", "order").get(pk=pk)
        if (held.inviter_id, held.friend_id) == sides:
            return held
        sides = (held.inviter_id, held.friend_id)  # a merge was quicker


def _first_order(held: Referral) -> Order | None:
    """The friend's first order of the time, if enough of it was kept. One before the invitation is no first order."""
    orders = Order.objects.filter(member=held.friend_id).order_by("paid_at", "pk")
    kept = orders.filter(net_amount__gt=F("returned_amount"))
    first = kept.select_related("store").first()
    fits = first is not None and held.created_at - timedelta(days=1) <= first.paid_at <= held.due_at
    if first is None or not fits:
        return None
    enough = first.net_amount - first.returned_amount >= held.programme.least_amount
    taken = Referral.objects.filter(order=first).exists()  # a merge of two friends brought it along
    return first if enough and not taken else None


def _why_lapsed(held: Referral) -> VoidReason:
    earlier = Order.objects.filter(member=held.friend_id, paid_at__lt=held.created_at - timedelta(days=1))
    return VoidReason.ORDERED_BEFORE if earlier.exists() else VoidReason.NO_ORDER


def _came_back(held: Referral) -> bool:
    """Whether the first order came back, or so much of it that it no longer counts, within the days for that."""
    order = held.order
    if order is None:
        return False
    kept = order.net_amount - order.returned_amount
    gone = kept <= 0 or kept < held.programme.least_amount
    last = order.paid_at + timedelta(days=held.programme.return_days)
    came = order.returns.order_by("returned_at").values_list("returned_at", flat=True).last()
    return gone and (came or timezone.now()) <= last


def _reward(held: Referral, order: Order) -> bool:
    """Give both sides what the programme says; the inviter only up to the ceiling of the month."""
    programme, now = held.programme, timezone.now()
    people = Member.objects.in_bulk([held.inviter_id, held.friend_id])
    held.friend_coupon, held.friend_points, held.friend_why = _give(
        people[held.friend_id], programme.friend_template, programme.friend_points, held
    )
    if _rewarded_this_month(held, now) >= programme.monthly_ceiling:
        held.inviter_why = CEILING
    else:
        held.inviter_coupon, held.inviter_points, held.inviter_why = _give(
            people[held.inviter_id], programme.inviter_template, programme.inviter_points, held
        )
    held.state, held.order, held.rewarded_at = ReferralState.REWARDED, order, now
    held.save()
    data = {"friend": held.friend_id, "order": order.pk}
    timeline.record(NewFact("referral.rewarded", held.inviter_id, subject=held.pk, at=now, data=data))
    return True


def _give(
    member: Member, template: CouponTemplate | None, amount: int, held: Referral
) -> tuple[Coupon | None, PointsEntry | None, str]:
    """Coupon and points for one side, or why there is no coupon; points are given all the same."""
    if member.state != MemberState.ACTIVE:
        return None, None, "member_gone"
    coupon, why = None, ""
    if template is not None:
        try:
            with transaction.atomic():
                coupon = issue_coupon(template, member, origin=Origin.REFERRAL, origin_id=held.pk)
        except Refusal as refusal:
            why = refusal.code
    entry = points.adjust(member, amount, note=_("Referral"), by=None) if amount else None
    return coupon, entry, why


def _rewarded_this_month(held: Referral, now: datetime) -> int:
    """For how many friends the inviter was rewarded in this month already; their row is locked."""
    first = business_day(None, now).replace(day=1)
    since, until = start_of_day(None, first), start_of_day(None, first + relativedelta(months=1))
    mine = Referral.objects.filter(inviter=held.inviter_id, rewarded_at__gte=since, rewarded_at__lt=until)
    return mine.filter(state=ReferralState.REWARDED).exclude(inviter_why=CEILING).count()


def _void(held: Referral, reason: VoidReason) -> bool:
    """End a referral and take back what is unused; what is gone by now is noted."""
    kept: dict[str, Any] = {}
    for side in ("inviter", "friend"):
        coupon, entry = getattr(held, f"{side}_coupon"), getattr(held, f"{side}_points")
        if coupon is not None and not _withdrawn(coupon):
            kept[f"{side}_coupon"] = coupon.code
        if entry is not None and (missing := _points_kept(entry)):
            kept[f"{side}_points"] = missing
    held.state, held.reason, held.ended_at, held.kept = ReferralState.VOID, reason, timezone.now(), kept
    held.save()
    timeline.record(NewFact("referral.voided", held.inviter_id, subject=held.pk, data={"why": str(reason)}))
    return True


def _withdrawn(coupon: Coupon) -> bool:
    try:
        with transaction.atomic():
            voiding.void(coupon, by=None, note="referral")
    except Refusal:
        return False
    return True


def _points_kept(entry: PointsEntry) -> int:
    """Take back what is left of the points of a reward; returns how many were gone."""
    member = Member.objects.get(pk=entry.member_id)
    if member.state != MemberState.ACTIVE:
        return entry.delta
    taking = sum(lot.left for lot in lots_of(member) if lot.entry_id == entry.pk)
    if taking:
        points.adjust(member, -taking, note=_("Referral taken back"), by=None)
    return entry.delta - taking
