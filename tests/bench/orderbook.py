"""A retail chain's orders to measure with: two years of 500 stores, made up by a seed, always the same.

Each member buys some five times (a few often, most seldom), mostly in one store, two or three lines at a time; three
orders in a hundred come back in part, most of them with their receipt. Numbers run on through the chain, as the clock
does, so what one member bought lies far apart in the file.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

SEED = 20261122
UNTIL = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)  # only the dates move with the calendar
DAYS = 730
ORDERS_PER_MEMBER = 5
STORES = [f"S{number:03}" for number in range(1, 501)]
PRODUCTS = [
    (f"P{number:04}", f"商品 {number:04}", f"品类 {number % 40:02}", f"{8 + number * 37 % 120}.{number % 10}0")
    for number in range(2_000)
]  # SKU, name, category, price
LINES = (1, 1, 1, 2, 2, 2, 3, 3, 4, 6)  # of an order: 2.5 on average
COLUMNS = ("channel", "order_no", "kind", "sale_no", "paid_at", "store_code", "member", "sku", "product_name",
           "category", "quantity", "unit_price")  # fmt: skip


def write(path: Path, *, orders: int) -> int:
    """Write so many orders, and their returns on top, as an order file; returns how many lines it has."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        out.write(",".join(COLUMNS) + "\n")
        for receipt in receipts(orders):
            out.writelines(receipt)
            count += len(receipt)
    return count


def receipts(orders: int) -> Iterator[list[str]]:
    """The lines of each order and each return, in the order in which they were paid."""
    dice = random.Random(SEED)
    draw, pick = dice.random, dice.choice
    members = max(orders // ORDERS_PER_MEMBER, 1)
    products = [",".join(product[:3]) for product in PRODUCTS]
    prices = [product[3] for product in PRODUCTS]
    step = timedelta(days=DAYS) / orders
    for number in range(orders):
        member = int(members * draw() ** 2)
        store = STORES[member % len(STORES) if draw() < 0.8 else int(draw() * len(STORES))]
        at, who = UNTIL - step * (orders - number), f"{store},phone:{phone(member)}"
        bought = [
            f"{products[index]},{1 + int(draw() * 1.3)},{prices[index]}\n"
            for index in (int(len(products) * draw() ** 1.5) for _line in range(pick(LINES)))
        ]
        yield [f"pos,{number:010},sale,,{at:%Y-%m-%dT%H:%M:%SZ},{who},{line}" for line in bought]
        if draw() < 0.03:
            back = min(at + timedelta(days=5), UNTIL)
            receipt = f"{number:010}" if draw() < 0.8 else ""
            yield [f"pos,R{number:09},return,{receipt},{back:%Y-%m-%dT%H:%M:%SZ},{who},{bought[0]}"]


def phone(member: int) -> str:
    """The number by which the chain knows this member."""
    return f"{135_0000_0000 + member}"
