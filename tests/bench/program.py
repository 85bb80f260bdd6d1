"""Runs the benchmarks, all or those named on the command line, in a database made for it and dropped afterwards."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.bench import harness


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


@contextmanager
def scratch_database() -> Iterator[None]:
    """A fresh database with all tables, on the server of the settings, dropped at the end."""
    old_name = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"bench_changke_{os.getpid()}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(old_name, verbosity=0)


def tell(line: str) -> None:
    """One line for the person at the terminal, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
