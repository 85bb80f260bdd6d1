"""``make torture``: runs batches on all cores, each worker in a database of its own, and sums them up; then the
programs about coupons and rules.

HISTORIES, PERMUTATIONS, WORKERS and SEED may be set, SHARE for a part of those programs; ONLY repeats one
batch of a seed, or runs the one program it names.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from queue import Empty
from typing import Any

from django.db import connection

from tests.torture import ready
from tests.torture.batches import Batch, run_batch
from tests.torture.couponprograms import OWN_SERVER, PROGRAMS, run_program

PER_BATCH = 50
HISTORIES, PERMUTATIONS = 2000, 10
STALE = 5  # seconds after which a worker that is gone is noticed


@dataclass(frozen=True)
class Run:
    """What to do."""

    seed: int
    histories: int
    permutations: int
    workers: int
    only: int | None

    @property
    def batches(self) -> list[int]:
        """The numbers of the batches."""
        return [self.only] if self.only is not None else list(range(-(-self.histories // PER_BATCH)))


def main() -> int:
    """Run everything, tell how it goes; 1 when anything was wrong or a worker died."""
    signal.signal(signal.SIGTERM, stop)
    only = os.environ.get("ONLY") or ""
    if only in PROGRAMS:
        return programs([only])
    failed = histories()
    return failed or (0 if only else programs([*PROGRAMS]))


def programs(names: list[str]) -> int:
    """Run such programs, each in a database of its own (one makes a whole server); 1 if anything was wrong."""
    all_well = True
    for name in names:
        with nullcontext() if name in OWN_SERVER else scratch_database():
            told, well = run_program(name, _seed(), float(os.environ.get("SHARE") or 1))
        tell(told)
        all_well &= well
    return 0 if all_well else 1


def histories() -> int:
    """Live the histories of members; 1 when there was a difference or a worker died."""
    run = _asked_for()
    tell(f"SEED={run.seed}: {run.histories} histories x {run.permutations} permutations on {run.workers} cores")
    begun, done = time.monotonic(), []
    for batch in results(run):
        done.append(batch)
        lives, wrong = sum(one.lives for one in done), sum(one.differences for one in done)
        clock = time.monotonic() - begun
        tell(f"[{len(done):3}/{len(run.batches)}] {lives:,} lives, {clock:.0f} s, {wrong} differences")
        for words in batch.words:
            tell(f"    {words}")
    tell(summary(run, done, time.monotonic() - begun))
    return 0 if len(done) == len(run.batches) and not any(batch.differences for batch in done) else 1


def summary(run: Run, done: list[Batch], seconds: float) -> str:
    """The closing line."""
    histories, lives = sum(one.histories for one in done), sum(one.lives for one in done)
    events, wrong = sum(one.events for one in done), sum(one.differences for one in done)
    otherwise = sum(one.otherwise for one in done)
    missing = len(run.batches) - len(done)
    return (
        f"torture: {histories:,} histories x {run.permutations} permutations = {lives - histories:,} shuffled lives, "
        f"{events:,} arrivals, {otherwise:,} lives in other ways, {seconds:.0f} s, {wrong} differences, "
        f"SEED={run.seed}" + (f", {missing} batches MISSING" if missing else "")
    )


def results(run: Run) -> Iterator[Batch]:
    """The batches as they are done, by as many processes as there are workers; none of them is left behind."""
    todo, done = ready.PROCESSES.Queue(), ready.PROCESSES.Queue()
    for nth in [*run.batches, *[None] * run.workers]:
        todo.put(nth)
    workers = [ready.PROCESSES.Process(target=work, args=(run, todo, done)) for _nth in range(run.workers)]
    for worker in workers:
        worker.start()
    left = len(run.batches)
    try:
        while left:
            try:
                yield done.get(timeout=STALE)
                left -= 1
            except Empty:
                if not any(worker.is_alive() for worker in workers):
                    break
    finally:
        for worker in workers:
            if left:
                worker.terminate()
            worker.join()


def work(run: Run, todo: Any, done: Any) -> None:
    """A worker: takes numbers of batches until it is told to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started it says when to stop
    signal.signal(signal.SIGTERM, stop)
    with scratch_database():
        while (nth := todo.get()) is not None:
            done.put(run_batch(run.seed, nth, histories=PER_BATCH, permutations=run.permutations))
            clear_away()


def stop(*_signal: Any) -> None:
    """End in good order: databases are dropped, workers do not go on."""
    sys.exit(1)


def clear_away() -> None:
    """Free what a batch left behind when it was undone, so that the next one does not wade through it."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")


@contextmanager
def scratch_database() -> Iterator[None]:
    """A fresh database with all tables, on the server of the settings, dropped at the end."""
    old_name = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"torture_changke_{os.getpid()}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(old_name, verbosity=0)


def tell(line: str) -> None:
    """One line for the person at the terminal, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _seed() -> int:
    return int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))


def _asked_for() -> Run:
    def number(name: str, default: int) -> int:
        return int(os.environ.get(name) or default)

    only = os.environ.get("ONLY")
    return Run(
        seed=_seed(),
        histories=number("HISTORIES", HISTORIES),
        permutations=number("PERMUTATIONS", PERMUTATIONS),
        workers=1 if only else number("WORKERS", os.cpu_count() or 1),
        only=int(only) if only else None,
    )
