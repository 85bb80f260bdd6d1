"""Celery's door to the coupons band."""

from celery import shared_task

from coupons import expiry, offers, packdue, topups


@shared_task(name=offers.LEAVE_TASK)
def leave(offer_id: int) -> bool:
    """Let an offer go whose seconds are over."""
    return offers.leave(offer_id) is not None


@shared_task(name="coupons.sweep")
def sweep() -> int:
    """Let overdue offers go, free coupons whose lock has run out, have coupons of packs given that are due, and close
    requests for more that lost their sense."""
    return offers.leave_due() + expiry.release_lapsed_locks() + packdue.plan_due() + topups.close_stale()
