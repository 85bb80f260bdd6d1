"""Millions of members with orders, facts, tags and places, to ask rules about: made in SQL, on two connections.

They are for reading alone. So the tables are written without write-ahead log, and their indexes made afterwards;
foreign keys, and the indexes that no rule begins with, are left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from members.models import (
    Category,
    EarningRate,
    Member,
    MemberFacts,
    MemberPlace,
    MemberTag,
    Order,
    OrderLine,
    Product,
    Tag,
    TagGroup,
    Tier,
)
from stores.models import Store
from tests.bench import orderbook
from tests.bench.ingesting import prepare

MEMBERS, ORDERS, LINES, FACTS, TAGS, PLACES = Path(__file__).with_name("millions.sql").read_text().split(";\n\n")
AT_ONCE, SIDE_BY_SIDE = 1_000_000, 2
ORDERS_EACH, CITIES, GROUPS, TAGS_EACH = 4, 40, 6, 7
TABLES = [model._meta.db_table for model in (Member, Order, OrderLine, MemberFacts, MemberTag, MemberPlace)]
LEFT_OUT = ("order_known_once", "order_recorded", "order_of_guide", "member_last4", "member_name_prefix",
            "member_initials_prefix", "member_updated", "facts_due", "members_orderline_pkey", "members_membertag_pkey",
            "members_member_code", "members_membertag_set_by", "tag_of_run")  # fmt: skip
DICE = """
CREATE OR REPLACE FUNCTION u(n bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(n, salt) & 2147483647) / 2147483648::float8;
CREATE OR REPLACE FUNCTION paid(n bigint, orders bigint, until timestamptz) RETURNS timestamptz LANGUAGE sql
IMMUTABLE PARALLEL SAFE RETURN until - interval '1 second' * (63072000::float8 * (orders - n) / orders + 9);
"""
FOREIGN_KEYS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname) FROM pg_constraint
WHERE contype = 'f' AND (conrelid = ANY(%(tables)s::regclass[]) OR confrelid = ANY(%(tables)s::regclass[]))
"""
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.conname, c.conrelid::regclass::text
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
WHERE i.indrelid = ANY(%(tables)s::regclass[]) ORDER BY pg_get_indexdef(i.indexrelid)
"""
SESSION = "SET maintenance_work_mem = '1GB'; SET work_mem = '1GB'; SET synchronous_commit = off"
Task = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Crowd:
    """What the members are like: the statements that write them and their facts, where they shop, which indexes of
    their tables nobody misses, the share of orders, newest first, that have lines, and what more the statements need
    to know."""

    members: str = MEMBERS
    facts: str = FACTS
    stores: Sequence[str] = tuple(orderbook.STORES)
    left_out: tuple[str, ...] = LEFT_OUT
    lines_of: float = 1
    more: Mapping[str, Any] = field(default_factory=dict)


def make(members: int, *, until: datetime, crowd: Crowd | None = None) -> dict[str, Any]:
    """So many members, four times as many orders in the two years before a moment, six tags each; ids from 1 on.

    Returns what the statements were given.
    """
    crowd = crowd or Crowd()
    prepare(list(crowd.stores), "Asia/Shanghai")
    _place_stores(crowd.stores)
    orders = members * ORDERS_EACH
    times = {"until": until, "year": until - timedelta(days=365)}
    params = {**_things(crowd.stores), "members": members, "orders": orders, **times, **crowd.more}
    with connection.cursor() as cursor:
        cursor.execute(DICE)
    again = bare(TABLES, crowd.left_out)
    side_by_side([*ranges(crowd.members, members, params), *ranges(ORDERS, orders, params)])
    lines = ranges(LINES, orders, params, first=1 + int(orders * (1 - crowd.lines_of)))
    side_by_side([(crowd.facts, params), *lines, *ranges(TAGS, members, params), *ranges(PLACES, members, params)])
    side_by_side([(definition, {}) for definition in again])
    side_by_side([(f"VACUUM {table}", {}) for table in TABLES])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return params


def _place_stores(codes: Sequence[str]) -> None:
    """Stores in forty cities, a dozen in each of five hundred."""
    stores = list(Store.objects.filter(code__in=codes).order_by("code"))
    for nth, store in enumerate(stores):
        city, place = nth % CITIES, nth // CITIES
        store.city = f"City {city}"
        store.latitude = 22 + city * 7 % 18 + place * 0.02
        store.longitude = 102 + city * 11 % 20 + place * 5 % 12 * 0.02
    Store.objects.bulk_update(stores, ["city", "latitude", "longitude"])


def _things(codes: Sequence[str]) -> dict[str, Any]:
    """What members and orders are about: the keys that the statements need."""
    rate = EarningRate.objects.create(key="millions", growth=1, points=1, months=12)
    categories = Category.objects.bulk_create(Category(name=f"Category {nth}") for nth in range(40))
    products = [Product(sku=f"M{nth}", name=f"M{nth}", category=categories[nth % 40]) for nth in range(2_000)]
    group = TagGroup.objects.create(name="Millions")
    tags = Tag.objects.bulk_create(Tag(group=group, name=f"Tag {nth}") for nth in range(GROUPS * TAGS_EACH))
    return {
        "rate": rate.pk,
        "product": Product.objects.bulk_create(products)[0].pk,
        "tag": tags[0].pk,
        "stores": list(Store.objects.filter(code__in=codes).order_by("code").values_list("pk", flat=True)),
        "tiers": list(Tier.objects.order_by("threshold").values_list("pk", flat=True)),
    }


def bare(tables: Sequence[str], left_out: tuple[str, ...] = ()) -> list[str]:
    """Empty the tables and take off what slows writing; returns what makes the indexes again, but those whose names
    begin with ``left_out``."""
    again = []
    with connection.cursor() as cursor:
        cursor.execute(FOREIGN_KEYS, {"tables": list(tables)})
        for (drop,) in cursor.fetchall():
            cursor.execute(drop)
        cursor.execute(INDEXES, {"tables": list(tables)})
        for name, definition, constraint, table in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if constraint else f"DROP INDEX {name}")
            if not name.startswith(left_out):
                again.append(definition)
        cursor.execute(f"TRUNCATE {', '.join(tables)}")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} SET UNLOGGED, SET (autovacuum_enabled = off)")
    return again


def ranges(statement: str, count: int, params: dict[str, Any], *, first: int = 1) -> Iterator[Task]:
    """A statement for each range of numbers from ``first`` to ``count``."""
    for start in range(first, count + 1, AT_ONCE):
        yield statement, {**params, "first": start, "last": min(start + AT_ONCE - 1, count)}


def side_by_side(tasks: Iterable[Task]) -> None:
    """Run the statements on two connections; raises what the first of them that failed raised."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(_run, tasks))


def _run(task: Task) -> None:
    statement, params = task
    try:
        with connection.cursor() as cursor:
            cursor.execute(SESSION)
            cursor.execute(statement, params or None)
    finally:
        connection.close()
