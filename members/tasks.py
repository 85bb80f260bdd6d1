"""Celery's door to the members band."""

from celery import shared_task

from members import delivery, timeline


@shared_task(name=timeline.DELIVER_TASK)
def deliver(batch: int) -> int:
    """Carry a batch of facts to its reactions."""
    return delivery.deliver(batch)


@shared_task(name="members.sweep_deliveries")
def sweep_deliveries() -> int:
    """Find the deliveries that lost their bell or their worker."""
    return delivery.sweep()
