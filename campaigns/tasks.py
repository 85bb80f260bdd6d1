"""Celery's door to the campaigns band."""

from celery import shared_task

from campaigns.channels.wecom import telling
from campaigns.journeys import advancing, entering
from campaigns.touches import sending


@shared_task(name=entering.ADVANCE_TASK)
def advance_journeys(version_id: int | None = None) -> int:
    """Move on whoever is due: of the version that the bell names, or of all running journeys."""
    return advancing.advance(only=version_id)


@shared_task(name=sending.SEND_TASK)
def send_touches() -> int:
    """Ask about what is unclear, and send what is due."""
    return sending.send_due()


@shared_task(name=telling.TELL_TASK)
def tell_wecom() -> int:
    """Carry changed tags and remarks to WeCom."""
    return telling.tell_due()
