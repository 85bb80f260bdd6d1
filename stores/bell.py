"""The bell: after commit, tell a worker that there is work. It may get lost; the sweeps find the rows anyway.

This is the one place that speaks to the broker on behalf of domain code.
"""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

logger = logging.getLogger(__name__)

LONGEST_DELAY = 60


def ring(task: str, *ids: int, queue: str = "interactive", delay: int = 0) -> None:
    """Call ``task`` with ``ids`` once the present transaction has committed, ``delay`` seconds later (at most 60).

    Messages carry ids only. A broker that is away is logged and otherwise ignored.
    """
    transaction.on_commit(partial(_publish, task, ids, queue, min(delay, LONGEST_DELAY)), robust=True)


def _publish(task: str, ids: tuple[int, ...], queue: str, delay: int) -> None:
    try:
        current_app.send_task(task, args=list(ids), queue=queue, countdown=delay or None)
    except (KombuError, OSError) as error:
        logger.warning("bell not rung, the sweep will find the row: %s (%s)", task, type(error).__name__)
