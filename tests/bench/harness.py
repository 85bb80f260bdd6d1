"""The registry of benchmarks, how a time is taken, and how results are shown and kept."""

import importlib
import json
import os
import pkgutil
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from django.db import connection

from tests import bench

RUNS = 3


@dataclass(frozen=True)
class Scale:
    """How much data: ``tiny`` shows that all runs, ``small`` takes minutes, ``million`` has a million of each, ``full``
    shows how things grow."""

    name: str
    members: int
    orders: int
    file_copies: int


SCALES = {
    scale.name: scale
    for scale in (
        Scale("tiny", members=10_000, orders=10_000, file_copies=1),
        Scale("small", members=200_000, orders=100_000, file_copies=1),
        Scale("million", members=1_000_000, orders=1_000_000, file_copies=1),
        Scale("full", members=10_000_000, orders=10_000_000, file_copies=10),
    )
}


@dataclass(frozen=True)
class Measure:
    """One figure: ours, the limit on this machine, and the ratio of the two that we aim for."""

    name: str
    ours: float
    limit: float
    unit: str
    goal: float | None = None
    higher_is_better: bool = True

    @property
    def ratio(self) -> float:
        """Ours in terms of the limit."""
        return self.ours / self.limit if self.limit else float("inf")

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self.goal is None:
            return None
        return self.ratio >= self.goal if self.higher_is_better else self.ratio <= self.goal

    def as_json(self) -> dict[str, object]:
        """As it is kept in var/bench/latest.json."""
        return {**asdict(self), "ratio": self.ratio}


Step = Callable[[], object]
Benchmark = Callable[[Scale], Iterable[Measure]]
BENCHMARKS: dict[str, Benchmark] = {}


def benchmark(function: Benchmark) -> Benchmark:
    """Register a function that measures something and yields its figures."""
    BENCHMARKS[function.__name__] = function
    return function


def discover() -> dict[str, Benchmark]:
    """All benchmarks of this folder, by name."""
    for module in sorted(found.name for found in pkgutil.iter_modules(bench.__path__)):
        if module.startswith("bench_"):
            importlib.import_module(f"{bench.__name__}.{module}")
    return BENCHMARKS


def medians(*ways: Sequence[Step], before: Step, runs: int = RUNS, writes: bool = True) -> list[list[float]]:
    """The median seconds of each step of each way to do the work; ways take turns so that all meet the same noise.

    ``before`` makes each start alike and is not counted. What only reads needs no checkpoint before it.
    """
    taken: list[list[list[float]]] = [[[] for _step in way] for way in ways]
    for _run in range(runs):
        for way, times in zip(ways, taken, strict=True):
            before()
            if writes:
                checkpoint()
            for step, seconds in zip(way, times, strict=True):
                started = time.perf_counter()
                step()
                seconds.append(time.perf_counter() - started)
    return [[statistics.median(seconds) for seconds in times] for times in taken]


def checkpoint() -> None:
    """Let nobody pay for what the one before has left to be written."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def machine() -> str:
    """What the figures were taken on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('shared_buffers')")
        version, buffers = cursor.fetchone()
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, PostgreSQL {version} (shared_buffers {buffers}), "
        f"Python {platform.python_version()}"
    )


def table(measures: Iterable[Measure]) -> str:
    """The figures for people."""
    rows = [("", "ours", "limit", "unit", "ratio", "goal", "")]
    rows += [_row(measure) for measure in measures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, 3) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(measure: Measure) -> tuple[str, ...]:
    goal = "" if measure.goal is None else f"{'≥' if measure.higher_is_better else '≤'} {measure.goal:g}"
    met = {None: "", True: "ok", False: "MISSED"}[measure.is_met]
    ours, limit = (f"{value:,.0f}" if value >= 100 else f"{value:.3g}" for value in (measure.ours, measure.limit))
    return measure.name, ours, limit, measure.unit, f"{measure.ratio:.3g}", goal, met


def keep(measures: Iterable[Measure], folder: Path) -> Path:
    """Write the figures to latest.json in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "latest.json"
    path.write_text(json.dumps([measure.as_json() for measure in measures], indent=1, ensure_ascii=False) + "\n")
    return path
