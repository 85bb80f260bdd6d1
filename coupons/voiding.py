"""Withdrawing one unused coupon: by headquarters at any time, by a store shortly after an exchange for points.

Points that were paid for the coupon come back in the same transaction.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coupons import exchange
from coupons.errors import refuse
from coupons.models import Coupon, CouponState, PointsExchange
from coupons.moves import Move, move_one
from members.locks import lock_member
from members.timeline import NewFact, record
from stores.models import Staff
from stores.policy import define

UNDO_MINUTES = define(
    "exchange.undo_minutes", 30, _("Minutes in which a store can undo an exchange of points"), minimum=0, maximum=1440
)


def void(coupon: Coupon, *, by: Staff | None, note: str = "") -> Coupon:
    """Withdraw a coupon that nobody has used; twice is once. Points paid for it come back.

    Raises CouponRefused ``coupon_not_unused`` for one that is used, held at a till or over, NotFound for a member whom
    ``by`` may not see.
    """
    now = timezone.now()
    with transaction.atomic():
        lock_member(coupon.member_id, by=by)  # before the coupon, as whoever gives points back does
        held = Coupon.objects.select_for_update(no_key=True).get(pk=coupon.pk)
        if held.state == CouponState.VOIDED:
            return held
        if held.state != CouponState.ISSUED or held.valid_until <= now:
            raise refuse("coupon_not_unused")
        move_one(held, Move.VOIDED, CouponState.VOIDED, at=now, actor=by.name if by else "", note=note)
        record(NewFact("coupon.voided", held.member_id, held.pk, now, {"template": held.template_id}))
        exchange.points_back([held.pk], by=by)
    return held


def undo_exchange(made: PointsExchange, *, by: Staff) -> PointsExchange:
    """Undo an exchange within exchange.undo_minutes, while the coupon is unused: the coupon goes, the points come back.

    Raises CouponRefused: exchange_undo_too_late, or as ``void``.
    """
    minutes = UNDO_MINUTES.value
    is_late = timezone.now() > made.made_at + timedelta(minutes=minutes)
    if is_late and made.returned_at is None and not by.sees_all:
        raise refuse("exchange_undo_too_late", words={"minutes": minutes})
    void(made.coupon, by=by, note="exchange undone")
    made.refresh_from_db()
    return made
