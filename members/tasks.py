"""Celery's door to the members band."""

from celery import shared_task

from members import delivery, timeline


@shared_task(name=timeline.DELIVER_TASK)
def deliver(*batches: int) -> int:
    """Carry batches of facts to their reactions."""
    return sum(delivery.deliver(batch) for batch in batches)


@shared_task(name="members.sweep_deliveries")
def sweep_deliveries() -> int:
    """Find the deliveries that lost their bell or their worker."""
    return delivery.sweep()
