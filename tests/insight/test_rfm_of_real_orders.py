"""RFM of the real orders of a retailer (UCI Online Retail): the grid is what a loop over the file in Python finds."""

import csv
import gzip
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection

from members import moneycuts
from members.insight.reports import REPORTS
from members.insight.scope import Range, Scope
from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.models import EarningRate, Member, Order, Return, RfmCount
from members.orders.settlement import settle
from members.windows import windows
from tests.makers import make_store, make_tiers
from tests.members.order_files import REAL

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.skipif(not REAL.exists(), reason="the real orders are not beside this checkout (../shared/data)"),
]
CENT = Decimal("0.01")


def read() -> dict:
    """By member: (moment, kind, number, amount) in the order of time, sales before returns of the same minute."""
    receipts: dict[tuple, Decimal] = defaultdict(Decimal)
    with gzip.open(REAL / "orders.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["member"]:
                amount = Decimal(line["quantity"]) * Decimal(line["unit_price"])
                key = (line["member"], line["paid_at"], line["kind"], line["order_no"])
                receipts[key] += amount.quantize(CENT, ROUND_HALF_UP)
    days = windows().today - date(2011, 12, 9)
    found = defaultdict(list)
    for (member, paid_at, kind, number), amount in receipts.items():
        at = datetime.fromisoformat(paid_at).replace(tzinfo=ZoneInfo(settings.TIME_ZONE)) + days - timedelta(days=1)
        found[member].append((at, kind != "sale", number, amount))
    return {member: sorted(events) for member, events in found.items()}


def load(people: dict) -> None:
    """Members, orders and returns as the file has them, as late as yesterday; then everything that follows."""
    store, tier = make_store(), make_tiers()["plain"]
    rate = EarningRate.objects.create(key="real", growth=0, points=0, months=12)
    rows = [
        Member(code=f"{nth:012d}", home_store=store, tier=tier, joined_at=events[0][0], tier_since=events[0][0])
        for nth, events in enumerate(people.values())
    ]
    members = Member.objects.bulk_create(rows)
    counted("members_member")
    orders, returns = [], []
    for member, events in zip(members, people.values(), strict=True):
        for at, is_return, number, amount in events:
            shared = {"channel": "web", "fingerprint": b"", "member": member, "store": store}
            if is_return:
                returns.append(Return(return_no=number, returned_at=at, amount=amount, **shared))
            else:
                sums = {"list_amount": amount, "net_amount": amount}
                orders.append(Order(order_no=number, paid_at=at, rate=rate, **sums, **shared))
    Order.objects.bulk_create(orders, batch_size=5000)
    Return.objects.bulk_create(returns, batch_size=5000)
    counted("members_order, members_return")
    ids = [member.pk for member in members]
    settle(ids)
    moneycuts.freeze(windows().today)
    settle(ids)


def counted(tables: str) -> None:
    """The planner knows what the tables hold, as it would had the rows come one by one."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")


def by_hand(people: dict) -> dict:
    """Members and spend by (R, F, M): returns take what was sold before them, for as long as there is something."""
    buyers = []
    for events in people.values():
        kept, times, last = Decimal(0), 0, None
        for at, is_return, _number, amount in events:
            if is_return:
                kept -= min(amount, kept)
            else:
                kept, times, last = kept + amount, times + 1, at
        if times:
            buyers.append(((windows().today - last.date()).days, times, kept))
    spends = sorted(kept for _ago, _times, kept in buyers)
    cuts = [spends[ceil(part * len(spends) / 5) - 1] for part in (1, 2, 3, 4)]
    found = defaultdict(lambda: [0, Decimal(0)])
    for ago, times, kept in buyers:
        recency = 5 if ago < 30 else 4 if ago < 60 else 3 if ago < 120 else 2 if ago < 240 else 1
        sums = found[recency, min(times, 4), 1 + sum(kept > cut for cut in cuts)]
        sums[0] += 1
        sums[1] += kept
    return found


def test_the_grid_of_the_real_orders_is_what_a_loop_over_the_file_finds():
    people = read()
    load(people)
    rebuild(SUMMARIES["rfm"], windows().today)
    expected = by_hand(people)
    rows = RfmCount.objects.values_list("recency", "frequency", "money", "members", "spend")
    assert {tuple(row[:3]): list(row[3:]) for row in rows} == dict(expected)
    figures = REPORTS["rfm"].figures(Scope(), Range.back(90, windows().today), {"axes": "rf", "measure": "per_head"})
    assert figures.members == 4_338  # the known number of buyers in the file
    ones = sum(members for (_recency, frequency), (members, _spend) in figures.counts.items() if frequency == 1)
    assert ones == 1_493
