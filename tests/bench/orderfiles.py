"""Order files to measure with: the real orders where they are beside this checkout, else ones made up by a seed."""

import csv
import gzip
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "online_retail"
COLUMNS = ["channel", "order_no", "kind", "paid_at", "store_code", "member", "sku", "product_name", "quantity",
           "unit_price"]  # fmt: skip
STORES = [f"S{number:03}" for number in range(1, 39)]
SEED, ORDERS, MEMBERS, PRODUCTS = 20261122, 24_000, 4_400, 3_900

Row = list[str]


def write(path: Path, *, copies: int) -> tuple[int, int]:
    """Write a plain CSV, each copy with orders and members of its own; returns how many lines and orders it has."""
    lines, orders = 0, set()
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for copy in range(copies):
            for row in real() if REAL.exists() else invented():
                if copy:
                    row[1] = f"{copy}-{row[1]}"
                    row[5] = row[5] and f"{row[5]}-{copy}"
                writer.writerow(row)
                lines += 1
                orders.add((row[1], row[2]))
    return lines, len(orders)


def real() -> Iterator[Row]:
    """The rows of the UCI Online Retail orders."""
    with gzip.open(REAL / "orders.csv.gz", "rt", newline="", encoding="utf-8") as source:
        rows = csv.reader(source)
        next(rows)
        yield from rows


def invented() -> Iterator[Row]:
    """Rows of much the same shape: a few buyers buy often, a fifth of the orders is nobody's, one in six comes back."""
    dice = random.Random(SEED)
    start = datetime.fromisoformat("2025-12-01T09:00")
    for number in range(ORDERS):
        is_return = number % 6 == 5
        who = "" if dice.random() < 0.2 else f"card_no:{10_000 + int(dice.paretovariate(0.8)) % MEMBERS}"
        head = [
            "web",
            f"{'R' if is_return else ''}{500_000 + number}",
            "return" if is_return else "sale",
            (start + timedelta(minutes=20 * number)).isoformat(),
            dice.choice(STORES),
            who,
        ]
        for _line in range(2 if is_return else dice.randint(1, 45)):
            sku = dice.randrange(PRODUCTS)
            price = 1 + sku % 97 / 10
            yield [*head, f"P{sku}", f"PRODUCT NUMBER {sku}", str(dice.choice((1, 2, 6, 12))), f"{price:.2f}"]
