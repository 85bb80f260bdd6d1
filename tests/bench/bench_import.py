"""Order files: how quickly they are staged, and merged with all that follows, beside a bare COPY and bare SQL."""

import csv
import tempfile
from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Count, Max, Min, Sum

from members import timeline
from members.earning import plain_rate
from members.identityseals import identity_row, is_identity
from members.imports import run
from members.membercodes import new_code
from members.models import (
    EntryKind,
    GrowthEntry,
    Identity,
    Member,
    MemberFacts,
    Order,
    OrderLine,
    PointsEntry,
    Product,
    Tier,
)
from members.timeline import NewFact
from stores import csvfiles, jobs
from stores.models import Job, JobState, Region, Store
from stores.places import place_region
from tests.bench import orderfiles
from tests.bench.harness import Measure, Scale, benchmark, medians

BARE_TABLE = """
    CREATE UNLOGGED TABLE bare_line (channel text, order_no text, kind text, paid_at timestamp, store_code text,
        member text, sku text, product_name text, quantity numeric, unit_price numeric)
"""
BARE_MERGE = Path(__file__).with_name("bare_merge.sql").read_text()
EMPTIED = "members_member, members_product, members_category, members_stagedline, members_orderimport, stores_job"
BY_HAND = 100  # orders that the row-by-row load is measured on
CENT = Decimal("0.01")
LONDON = ZoneInfo("Europe/London")


@benchmark
def order_import(scale: Scale) -> Iterator[Measure]:
    """The whole import and its two halves."""
    with connection.cursor() as cursor:
        cursor.execute(BARE_TABLE)
    region = place_region(Region(code="bench", name="Bench"))
    Store.objects.bulk_create(
        Store(code=code, name=code, region=region, time_zone=str(LONDON)) for code in orderfiles.STORES
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        lines, orders = orderfiles.write(path, copies=scale.file_copies)
        yield from measures(path, lines, orders)


def measures(path: Path, lines: int, orders: int) -> Iterator[Measure]:
    """Everything that is measured on one file."""
    (copy, bare_merged), (stage, merged), (by_hand,) = medians(
        (partial(bare_copy, path), bare_merge),
        (partial(take_in_and_stage, path), merge_and_settle),
        (partial(row_by_row, path),),
        before=empty,
    )
    ours, bare = stage + merged, copy + bare_merged
    yield Measure("order file to the stage, beside a bare COPY", lines / stage, lines / copy, "lines/s", 0.1)
    yield Measure("order import, beside a bare COPY", lines / ours, lines / copy, "lines/s")
    yield Measure("order import, beside COPY + bare merge", lines / ours, lines / bare, "lines/s", 0.4)
    yield Measure("merge and settle, beside a bare merge", orders / merged, orders / bare_merged, "orders/s", 0.4)
    yield Measure("order import, beside rows one by one", orders / ours, BY_HAND / by_hand, "orders/s", 100)


def bare_copy(path: Path) -> None:
    """PostgreSQL's own reading of the file."""
    statement = "COPY bare_line FROM STDIN (FORMAT csv, HEADER)"
    with path.open("rb") as source, connection.cursor() as cursor, cursor.copy(statement) as copy:
        while block := source.read(csvfiles.MIB):
            copy.write(block)


def bare_merge() -> None:
    """The SQL of bare_merge.sql in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ANALYZE bare_line")
        cursor.execute(BARE_MERGE)
        cursor.execute("DROP TABLE bare_member, bare_order")


def take_in_and_stage(path: Path) -> None:
    """The first half of what manage.py import_orders does: take the file in, check it, copy it to the stage."""
    job = run.start(path, path.name).job
    while job.cursor.get("phase", "load") == "load":
        with transaction.atomic():
            run.import_chunk(job)
            job.save()


def merge_and_settle() -> None:
    """The second half: merge what is staged, with all that follows, and clear the stage."""
    job = jobs.run_to_end(Job.objects.get().pk)
    if job.state != JobState.DONE or job.result["rejected"]:
        raise RuntimeError(f"The import that is measured went wrong: {job.result} {job.error}")


def row_by_row(path: Path) -> None:
    """The first orders of the file as a program without sets would do it: for each order its rows, then its member."""
    tier, stores = Tier.objects.first(), {store.code: store for store in Store.objects.all()}
    with path.open(newline="", encoding="utf-8") as source:
        by_order = groupby(csv.DictReader(source), key=itemgetter("channel", "order_no", "kind"))
        for _key, lines in islice((pair for pair in by_order if pair[0][2] == "sale"), BY_HAND):
            with transaction.atomic():
                order = save_order(list(lines), tier, stores)
                if order.member:
                    save_what_follows(order)


def save_order(lines: list[dict[str, str]], tier: Tier, stores: dict[str, Store]) -> Order:
    """One order with its member and products, looked up or made one by one."""
    head, store = lines[0], stores[lines[0]["store_code"]]
    paid_at = datetime.fromisoformat(head["paid_at"]).replace(tzinfo=LONDON)
    order = Order(channel=head["channel"], order_no=head["order_no"], fingerprint=b"", store=store, paid_at=paid_at)
    order.rate = plain_rate()
    if head["member"]:
        kind, value = head["member"].split(":")
        identity = Identity.objects.filter(is_identity(kind, value)).select_related("member").first()
        if identity is None:
            member = Member.objects.create(
                code=new_code(), joined_at=paid_at, tier=tier, tier_since=paid_at, home_store=store
            )
            identity = identity_row(member, kind, value)
            identity.save()
        order.member, order.named = identity.member, identity.origin
    figures = [(Decimal(line["quantity"]), Decimal(line["unit_price"])) for line in lines]
    amounts = [(quantity * price).quantize(CENT, ROUND_HALF_UP) for quantity, price in figures]
    order.list_amount = order.net_amount = sum(amounts)
    order.save()
    for number, (line, (quantity, price), amount) in enumerate(zip(lines, figures, amounts, strict=True), 1):
        product, _new = Product.objects.get_or_create(sku=line["sku"], defaults={"name": line["product_name"]})
        OrderLine.objects.create(
            order=order, line_no=number, product=product, quantity=quantity, unit_price=price, amount=amount
        )
    return order


def save_what_follows(order: Order) -> None:
    """Ledgers, balances, facts and news of one order's member."""
    member, earned = Member.objects.select_for_update().get(pk=order.member_id), int(order.net_amount)
    if earned:
        for ledger in (GrowthEntry, PointsEntry):
            ledger.objects.create(member=member, kind=EntryKind.ORDER, delta=earned, order=order, at=order.paid_at)
    member.growth += earned
    member.points += earned
    member.tier = Tier.objects.filter(threshold__lte=member.growth).order_by("threshold").last()
    member.save()
    known = member.orders.aggregate(
        orders=Count("pk"), spend=Sum("net_amount"), first_order_at=Min("paid_at"), last_order_at=Max("paid_at")
    )
    known["computed_at"] = order.paid_at
    MemberFacts.objects.update_or_create(member=member, defaults=known)
    timeline.record(NewFact("order.recorded", member.pk, order.pk, order.paid_at))


def empty() -> None:
    """Nothing but stores and tiers."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE bare_line, {EMPTIED} RESTART IDENTITY CASCADE")
