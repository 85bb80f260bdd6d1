"""Many people doing something at the very same moment, each with a connection of their own."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from stores.errors import Refusal


@dataclass
class Outcome:
    """What came of it: results of those who succeeded, codes of those who were refused, anything else that broke."""

    done: list[object] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    broken: list[BaseException] = field(default_factory=list)


def meeting(parties: int) -> Callable[[], None]:
    """Where the crowd of a control comes together once: everybody has looked before anybody writes.

    Without it a control would show its fault only when the machine happens to run its threads side by side.
    """
    barrier, met = threading.Barrier(parties), threading.local()

    def wait() -> None:
        if not getattr(met, "once", False):
            met.once = True
            barrier.wait(30)

    return wait


def after_looking(look: Callable[..., Any], parties: int) -> Callable[..., Any]:
    """The same look, from which a crowd of so many goes on together."""
    wait = meeting(parties)

    def looked(*args: Any, **named: Any) -> Any:
        found = look(*args, **named)
        wait()
        return found

    return looked


def at_once(calls: Sequence[Callable[[], object]]) -> Outcome:
    """Run every call in a thread of its own; all start together."""
    outcome, start = Outcome(), threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            start.wait(30)
            outcome.done.append(call())
        except Refusal as refusal:
            outcome.refused.append(refusal.code)
        except BaseException as error:  # the test asserts that there is none
            outcome.broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcome


def wait_until_somebody_waits_for_a_lock() -> None:
    """Look for up to ten seconds."""
    for _nth in range(500):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")
