"""A journey that cannot go on, because a rule or step names what is gone, stops by itself and says where and why."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from campaigns.models import Journey, JourneyState
from stores.errors import Refusal

logger = logging.getLogger(__name__)


def stop(journey_id: int, place: str, why: Refusal) -> None:
    """Pause a journey until headquarters has mended it; everybody stands where they stand."""
    logger.warning("journey %s stops at %s: %s", journey_id, place, why.code)
    running = Journey.objects.filter(pk=journey_id, state=JourneyState.RUNNING)
    running.update(state=JourneyState.PAUSED, problem=f"{place}: {why}"[:300])


@contextmanager
def stopping(journey_id: int, place: str) -> Iterator[None]:
    """A rule that means nothing any more stops its own journey, and no other."""
    try:
        with transaction.atomic():
            yield
    except Refusal as refusal:
        stop(journey_id, place, refusal)
