"""Advancing as the house forbids it: what came of a step is committed before the trips move on."""

import threading
import time
from typing import Any

from django.db import connection, transaction

from campaigns.journeys import advancing


def write(legs: Any, version: Any, step: Any, now: Any) -> None:
    """Visits and tallies in a transaction of their own, then a pause in which a worker may die, then the moves."""
    worker = threading.Thread(target=_commit, args=(legs, version, step, now))
    worker.start()
    worker.join()
    time.sleep(0.2)
    moves = advancing._Legs(spots=legs.spots)
    WRITE(moves, version, step, now)


def _commit(legs: Any, version: Any, step: Any, now: Any) -> None:
    with transaction.atomic():
        WRITE(advancing._Legs(visits=legs.visits), version, step, now)
    connection.close()


WRITE = advancing._write
advancing._write = write
