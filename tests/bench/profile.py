"""Where the time of a piece of work goes: seconds per statement, named after the function that asked for it.

    with Profile() as profile:
        jobs.run_to_end(job.pk)
    print(profile)

What is not a statement is the program's own time. A COPY counts from its first row to its last.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any
from unittest import mock

from django.db import connection

ROOT = str(Path(__file__).resolve().parents[2])
PASSED_OVER = ("worktables.py", "timeline.py", "profile.py")  # they only hand on what somebody else wants to know


class Profile:
    """Collects until it is left; shown as a table, the dearest first."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.took = 0.0
        self._stack = ExitStack()

    def __enter__(self) -> "Profile":
        self._stack.enter_context(connection.execute_wrapper(self._statement))
        commit = partial(self._timed, "COMMIT", connection._commit)
        self._stack.enter_context(mock.patch.object(connection, "_commit", commit))
        self._began = time.perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.took = time.perf_counter() - self._began
        self._stack.close()

    def _statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        words = " ".join(str(sql).split())
        return self._timed(f"{asker()}: {words[:56]}", lambda: execute(sql, params, many, context))

    def _timed(self, name: str, call: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        try:
            return call()
        finally:
            self.seconds[name] += time.perf_counter() - started
            self.calls[name] += 1

    def __str__(self) -> str:
        other = self.took - sum(self.seconds.values())
        rows = [(name, seconds, self.calls[name]) for name, seconds in self.seconds.most_common()]
        rows = [("all", self.took, 1), ("the program itself, and COPY", other, 1), *rows]
        return "\n".join(
            f"{seconds:9.3f} s {seconds / self.took:6.1%} {calls:6}  {name}" for name, seconds, calls in rows
        )


def asker() -> str:
    """The innermost function of ours that wanted the present statement."""
    frame = sys._getframe(1)
    while frame:
        path = frame.f_code.co_filename
        if path.startswith(ROOT) and ".venv" not in path and not path.endswith(PASSED_OVER):
            return f"{Path(path).stem}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "?"
