"""Celery's door to the coupons band."""

from celery import shared_task

from coupons import expiry, offers


@shared_task(name=offers.LEAVE_TASK)
def leave(offer_id: int) -> bool:
    """Let an offer go whose seconds are over."""
    return offers.leave(offer_id) is not None


@shared_task(name="coupons.sweep")
def sweep() -> int:
    """Let overdue offers go and free coupons whose lock has run out."""
    return offers.leave_due() + expiry.release_lapsed_locks()
