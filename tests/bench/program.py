"""Runs the benchmarks, all or those named on the command line, in a database made for it and dropped afterwards."""

import os
import sys
import tempfile
from pathlib import Path

from django.conf import settings

from tests.bench import harness
from tests.bench.scratch import scratch_database


def main(names: list[str]) -> int:
    """Measure, show a table, write var/bench/latest.json. A missed goal is shown; machines differ too much to fail."""
    known = harness.discover()
    scale = harness.SCALES.get(os.environ.get("SCALE") or "small")
    if scale is None or set(names) - known.keys():
        tell(f"SCALE is one of {', '.join(harness.SCALES)}; the benchmarks are {', '.join(known)}.")
        return 2
    measures: list[harness.Measure] = []
    with scratch_database(), tempfile.TemporaryDirectory() as media:
        settings.MEDIA_ROOT = Path(media)
        tell(f"SCALE={scale.name}, {harness.machine()}, medians of {harness.RUNS} runs")
        for name in names or known:
            tell(f"... {name}")
            measures += known[name](scale)
    tell(harness.table(measures))
    tell(f"Written to {harness.keep(measures, Path(settings.VAR_DIR) / 'bench')}")
    return 0


def tell(line: str) -> None:
    """One line for the person at the terminal, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
