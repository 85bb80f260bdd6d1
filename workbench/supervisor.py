"""Keeps the processes of one running instance alive: starts them, watches them, says when one dies, stops them all.

Each child has its own process group and log file; a child that dies is started again after a pause that grows. If
the supervisor itself is killed, the kernel ends the children (Linux), so nothing runs on unwatched.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LONGEST_PAUSE = 30.0  # seconds
STEADY = 60.0  # seconds after which a child counts as healthy again
LARGEST_LOG = 20 * 1024 * 1024
ALARMS = (" ERROR ", " CRITICAL ", "[ERROR]")
# Asked politely first; Celery's quick shutdown second; no choice third. Seconds to wait after each.
STOPPING = ((signal.SIGTERM, 2.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0))


def end_with_parent() -> None:
    """Runs in a child, before exec: end when the parent is gone, however it went.

    By SIGKILL, which nothing that is lost needs: asked to stop while it starts, a worker may forget that it was.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class Child:
    """One process of the instance, its log and its misfortunes."""

    name: str
    command: Sequence[str]
    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    again_at: float = 0.0
    read_to: int = 0
    wanted: bool = False
    """Whether it was ever started: until then nobody looks after it."""

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.folder / "log" / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """Where its process id is, for whoever wants to look at it or end it."""
        return self.folder / "run" / f"{self.name}.pid"

    def start(self) -> None:
        """Start it, its output appended to its log."""
        for path in (self.log, self.pid_file):
            path.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.read_to = log.tell()
            self.process = subprocess.Popen(
                self.command,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        self.wanted, self.started = True, time.monotonic()
        self.pid_file.write_text(str(self.process.pid))

    def new_alarms(self) -> list[str]:
        """The lines of its log since the last look that speak of an error."""
        with self.log.open("rb") as log:
            log.seek(self.read_to)
            whole, newline, _ = log.read(1024 * 1024).rpartition(b"\n")
        self.read_to += len(whole) + len(newline)
        return [line for line in whole.decode(errors="replace").splitlines() if any(mark in line for mark in ALARMS)]

    def died(self) -> int | None:
        """Its exit code if it is not running although it should, else None."""
        return self.process.poll() if self.process else None

    def plan_restart(self) -> float:
        """Note the failure; the pause in seconds until it is started again, doubled with each failure in a row."""
        self.failures = 1 if time.monotonic() - self.started > STEADY else self.failures + 1
        pause = min(LONGEST_PAUSE, 2.0 ** (self.failures - 1))
        self.again_at = time.monotonic() + pause
        self.process = None
        return pause

    def send(self, number: int) -> None:
        """Send a signal: to the process, or for SIGKILL to its whole group."""
        if self.process is None or self.process.poll() is not None:
            return
        try:
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
        except ProcessLookupError:
            return


class Supervisor:
    """Runs children until asked to stop. ``say`` shows one line to the person at the terminal."""

    def __init__(self, children: Sequence[Child], say: Callable[[str], object]) -> None:
        self.children = children
        self.say = say
        self.stopping = False

    def ask_to_stop(self, *_: object) -> None:
        """Signal handler: leave the loop at the next turn."""
        self.stopping = True

    def start(self, *only: str) -> None:
        """Start the children that were not started yet: all of them, or those of these names."""
        for child in self.children:
            if not child.wanted and (not only or child.name in only):
                child.start()

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Look after the children until asked to stop or ``until`` is true."""
        while not self.stopping and not until():
            for child in self.children:
                self._look_after(child)
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop all children, within seconds whatever they are doing."""
        for number, seconds in STOPPING:
            running = [child for child in self.children if child.process and child.process.poll() is None]
            for child in running:
                child.send(number)
            deadline = time.monotonic() + seconds
            while any(c.process and c.process.poll() is None for c in running) and time.monotonic() < deadline:
                time.sleep(0.05)
        for child in self.children:
            child.pid_file.unlink(missing_ok=True)

    def _look_after(self, child: Child) -> None:
        if not child.wanted:
            return
        if child.process is None:
            if time.monotonic() >= child.again_at:
                child.start()
            return
        for line in child.new_alarms():
            self.say(f"[{child.name}] {line}")
        code = child.died()
        if code is not None:
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            pause = child.plan_restart()
            self.say(f"[{child.name}] stopped by itself ({how}); starting it again in {pause:.0f} s. See {child.log}")
