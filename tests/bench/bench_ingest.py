"""A chain's orders in bulk, with ledgers, tiers, facts and timeline, beside bare SQL and beside one row at a time."""

import csv
import tempfile
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from tests.bench import orderbook, ormload
from tests.bench.harness import Measure, Scale, benchmark, medians
from tests.bench.ingesting import bare_copy, bare_merge, empty, merge_and_settle, prepare, take_in_and_stage

BY_HAND = 200  # orders that loading row by row is measured on


@benchmark
def ingest(scale: Scale) -> Iterator[Measure]:
    """Two years of orders; then, as more of the same, those loaded row by row."""
    prepare(orderbook.STORES, "Asia/Shanghai")
    by_hand = sample(scale.orders)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.csv"
        lines = orderbook.write(path, orders=scale.orders)
        (copy, bare_merged), (stage, merged, row_by_row) = medians(
            (partial(bare_copy, path), bare_merge),
            (partial(take_in_and_stage, path), merge_and_settle, partial(ormload.load, by_hand, orderbook.UNTIL)),
            before=empty,
        )
    what = f"{scale.orders:,} orders"
    ours, bare, one_by_one = scale.orders / (stage + merged), scale.orders / (copy + bare_merged), BY_HAND / row_by_row
    yield Measure(f"{what}, beside COPY + bare merge", ours, bare, "orders/s", 0.4)
    yield Measure(f"{what}, beside rows one by one", ours, one_by_one, "orders/s", 100)
    yield Measure(f"{what} to the stage, beside a bare COPY", lines / stage, lines / copy, "lines/s")
    yield Measure(f"{what} merged, beside a bare merge", scale.orders / merged, scale.orders / bare_merged, "orders/s")


def sample(orders: int) -> list[list[ormload.Row]]:
    """The first orders of the book, as if they came once more through another channel."""
    found = (receipt for receipt in orderbook.receipts(orders) if ",sale," in receipt[0])
    return [
        [{**row, "channel": "app"} for row in csv.DictReader(receipt, orderbook.COLUMNS)]
        for receipt in islice(found, BY_HAND)
    ]
