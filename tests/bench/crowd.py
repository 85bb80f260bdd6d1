"""Members with two years of orders, to measure what goes on night by night: made in SQL, settled by the product.

Who bought when, where and for how much follows from the number of the order alone, so the crowd is always the same;
only its dates move with the calendar. Its spread is that of tests/bench/orderbook.py.
"""

from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from members.orders.settlement import settle
from tests.bench import orderbook
from tests.bench.ingesting import empty, prepare

MADE = Path(__file__).with_name("crowd.sql").read_text()
AT_ONCE = 5_000


def make(members: int, *, as_of: datetime) -> None:
    """So many members (ids from 1 on) who bought in the two years before ``as_of``, settled for that moment."""
    prepare(orderbook.STORES, "Asia/Shanghai")
    empty()
    with transaction.atomic(), connection.cursor() as cursor:
        numbers = {"members": members, "orders": members * orderbook.ORDERS_PER_MEMBER, "days": orderbook.DAYS}
        cursor.execute(MADE, {**numbers, "until": as_of})
    measure()
    for first in range(1, members + 1, AT_ONCE):
        settle(range(first, first + AT_ONCE), at=as_of)
    measure()


def measure() -> None:
    """What autovacuum would have done long ago."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
