"""Redeeming as it is often written: read, check, write. For the controls, which show that the races are real."""

import time
from decimal import Decimal
from typing import Any

from django.utils import timezone

from coupons import redemption
from coupons.models import Coupon, CouponState
from coupons.receipts import Receipt
from coupons.verdicts import judge

LONG_ENOUGH = 0.03  # seconds between look and write in which the others look too, on a quiet machine as on a busy one


def redeem(code: str, *, channel: str, order_no: str, amount: Decimal, **ignored: Any) -> Coupon:
    """What redemption.redeem would be without locks and without a condition on the write."""
    coupon = Coupon.objects.select_related("terms", "template", "member__home_store").get(code=code)
    now = timezone.now()
    off = judge(coupon, Receipt(amount, channel=channel, order_no=order_no), at=now, now=now)
    time.sleep(LONG_ENOUGH)
    coupon.state, coupon.used_at, coupon.discount = CouponState.USED, now, off
    coupon.order_channel, coupon.order_no = channel, order_no
    coupon.save()
    return coupon


def switch_the_guard_off() -> None:
    """From now on this process redeems without the guard."""
    redemption.redeem = redeem
