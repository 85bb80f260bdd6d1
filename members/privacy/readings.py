"""Who reads how many members: people of stores look at some in an hour, a script that copies them at all there are.

Each web process counts by itself and in whole hours, so counting costs no query; behind several processes the limit is
reached later. Whoever reaches it waits for the next hour, and the log says who it was.
"""

import logging
import threading
import time
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from stores.errors import Refusal
from stores.models import Staff
from stores.policy import define

logger = logging.getLogger(__name__)

PER_HOUR = define("members.reads_per_hour", 2000, _("Members somebody of a store may look at in an hour"), minimum=50)
HOUR = 3600


class ReadTooMany(Refusal):
    """Somebody has looked at so many members that it can hardly be work."""

    code = "read_too_many"
    status = 429


@dataclass
class _Count:
    hour: int
    rows: int = 0


_counts: dict[int, _Count] = {}
_lock = threading.Lock()


def note(viewer: Staff, rows: int) -> None:
    """Count members shown to somebody of a store. Raises ReadTooMany beyond the hour's limit; its ``extra`` holds
    ``retry_after`` in seconds."""
    if viewer.sees_all:
        return
    now, limit = int(time.time()), PER_HOUR.value
    with _lock:
        count = _counts.get(viewer.pk)
        if count is None or count.hour != now // HOUR:
            count = _counts[viewer.pk] = _Count(now // HOUR)
        before, count.rows = count.rows, count.rows + rows
        reached = count.rows > limit
    if reached and before <= limit:
        logger.warning("staff %s has read more than %s members within an hour", viewer.pk, limit)
    if reached:
        raise ReadTooMany(
            _("You have looked at very many members within an hour. Go on in the next one."),
            extra={"retry_after": HOUR - now % HOUR},
        )


def forget() -> None:
    """Begin anew."""
    with _lock:
        _counts.clear()
