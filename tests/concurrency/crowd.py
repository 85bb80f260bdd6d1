"""Many people doing something at the very same moment, each with a connection of their own."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import connection

from stores.errors import Refusal


@dataclass
class Outcome:
    """What came of it: results of those who succeeded, codes of those who were refused, anything else that broke."""

    done: list[object] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    broken: list[BaseException] = field(default_factory=list)


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
