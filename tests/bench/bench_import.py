"""An order file of long receipts, as a web shop has them: how quickly it is staged and merged, beside bare SQL."""

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.bench import orderfiles
from tests.bench.harness import Measure, Scale, benchmark, medians
from tests.bench.ingesting import bare_copy, bare_merge, empty, merge_and_settle, prepare, take_in_and_stage


@benchmark
def order_import(scale: Scale) -> Iterator[Measure]:
    """The whole import and its two halves."""
    prepare(orderfiles.STORES, "Europe/London")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        lines, orders = orderfiles.write(path, copies=scale.file_copies)
        (copy, bare_merged), (stage, merged) = medians(
            (partial(bare_copy, path), bare_merge),
            (partial(take_in_and_stage, path), merge_and_settle),
            before=empty,
        )
    ours, bare = stage + merged, copy + bare_merged
    yield Measure("long receipts to the stage, beside a bare COPY", lines / stage, lines / copy, "lines/s", 0.1)
    yield Measure("long receipts, beside COPY + bare merge", lines / ours, lines / bare, "lines/s", 0.4)
    yield Measure("long receipts merged, beside a bare merge", orders / merged, orders / bare_merged, "orders/s", 0.4)
