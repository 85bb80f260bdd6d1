"""The bell: after commit, tell a worker that there is work. It may get lost; the sweeps find the rows anyway.

This is the one place that speaks to the broker on behalf of domain code.
"""

import logging
import os
from functools import partial
from threading import Lock, Timer

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import KombuError

logger = logging.getLogger(__name__)

LONGEST_DELAY = 60
AT_ONCE = 100

_waiting: dict[tuple[str, str], list[int]] = {}
_lock = Lock()
os.register_at_fork(after_in_child=_waiting.clear)


def ring(task: str, *ids: int, queue: str = "interactive", delay: int = 0) -> None:
    """Call ``task`` with ``ids`` once the present transaction has committed, ``delay`` seconds later (at most 60).

    Messages carry ids only. A broker that is away is logged and otherwise ignored.
    """
    transaction.on_commit(partial(_publish, task, ids, queue, min(delay, LONGEST_DELAY)), robust=True)


def ring_together(task: str, pk: int, *, queue: str = "interactive") -> None:
    """The same for a task that takes many ids: those of a moment (settings.BELL_PAUSE) go in one message.

    A message costs a till a tenth of what its whole call does.
    """
    transaction.on_commit(partial(_collect, task, pk, queue), robust=True)


def _collect(task: str, pk: int, queue: str) -> None:
    if not settings.BELL_PAUSE:
        _publish(task, (pk,), queue, 0)
        return
    with _lock:
        ids = _waiting.setdefault((task, queue), [])
        ids.append(pk)
        is_first = len(ids) == 1
    if is_first:  # a thread that the process waits for when it ends
        Timer(settings.BELL_PAUSE, _send_waiting, (task, queue)).start()


def _send_waiting(task: str, queue: str) -> None:
    with _lock:
        ids = _waiting.pop((task, queue), [])
    for first in range(0, len(ids), AT_ONCE):
        _publish(task, tuple(ids[first : first + AT_ONCE]), queue, 0)


def _publish(task: str, ids: tuple[int, ...], queue: str, delay: int) -> None:
    try:
        current_app.send_task(task, args=list(ids), queue=queue, countdown=delay or None)
    except (KombuError, OSError) as error:
        logger.warning("bell not rung, the sweep will find the row: %s (%s)", task, type(error).__name__)
