"""How many calls a minute: counted for a key over all processes in the shared cache, in whole minutes.

A process takes calls from the shared counter in handfuls of a hundredth of the limit, so that the counter costs one
visit in a hundred calls. A limit under a hundred is exact; above, a call may be refused up to one handful early.
"""

import logging
import threading
import time
from dataclasses import dataclass

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

MINUTE = 60


@dataclass
class _Handful:
    minute: int
    left: int


_handfuls: dict[str, _Handful] = {}
_lock = threading.Lock()


def take(name: str, per_minute: int) -> int:
    """Count one call under ``name``; returns 0 when it may go on, else the seconds until the next minute begins.

    A cache that is away stops nobody: a till must sell, and the count begins anew when the cache is back.
    """
    now = time.time()
    minute = int(now // MINUTE)
    with _lock:
        held = _handfuls.get(name)
        if held is None or held.minute != minute:
            held = _handfuls[name] = _Handful(minute, 0)
        if held.left > 0:
            held.left -= 1
            return 0
        if held.left < 0:
            return _wait(now)
    granted = _more(f"calls:{name}:{minute}", max(1, per_minute // 100), per_minute)
    with _lock:
        if granted:
            held.left += granted - 1
            return 0
        held.left = held.left or -1
    return _wait(now)


def spent(name: str) -> int:
    """Seconds until calls under ``name`` may go on, 0 as far as this process has not been refused in this minute.

    Counts nothing: for limits on what goes wrong, which is known only after the call.
    """
    now = time.time()
    with _lock:
        held = _handfuls.get(name)
    return _wait(now) if held and held.minute == int(now // MINUTE) and held.left < 0 else 0


def forget() -> None:
    """Let go of what this process holds."""
    with _lock:
        _handfuls.clear()


def _wait(now: float) -> int:
    return MINUTE - int(now % MINUTE)


def _more(name: str, wanted: int, limit: int) -> int:
    """Draw up to ``wanted`` calls from the shared counter of this minute."""
    try:
        cache.add(name, 0, 2 * MINUTE)
        used = cache.incr(name, wanted)
    except ValueError:  # fell out of the cache between the two lines
        return wanted
    except (RedisError, OSError) as error:
        logger.warning("calls are not counted, the cache is away: %s", type(error).__name__)
        return wanted
    return max(0, min(wanted, limit - (used - wanted)))
