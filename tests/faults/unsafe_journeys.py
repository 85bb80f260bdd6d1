"""Advancing as the house forbids it: what came of a step is committed before the trips move on."""

import threading
import time
from typing import Any

from django.db import connection, transaction

from campaigns.journeys import walking


def note(visits: Any, version: Any, step: Any, now: Any) -> None:
    """Visits and tallies in a transaction of their own, then a pause in which a worker may die, then the moves."""
    worker = threading.Thread(target=_commit, args=(visits, version, step, now))
    worker.start()
    worker.join()
    time.sleep(0.2)


def _commit(visits: Any, version: Any, step: Any, now: Any) -> None:
    with transaction.atomic():
        NOTE(visits, version, step, now)
    connection.close()


NOTE = walking.note
walking.note = note
