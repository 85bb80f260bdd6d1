"""A small random crowd with orders and returns over two years, and what Python knows of it without any summary."""

import random
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from members.models import Member, Order
from members.orders.drafts import OrderDraft, ReturnDraft
from members.orders.intake import record_many
from stores.models import Store, StoreKind
from tests.makers import days_ago, make_draft, make_member, make_region, make_store, number

SOURCES = ("", "门店", "小程序", "导购二维码")


@dataclass
class Crowd:
    """Who there is, and where."""

    members: list[Member]
    stores: list[Store]

    def orders_of(self, member: Member) -> list[Order]:
        """The orders of a member, the earliest first."""
        return list(Order.objects.filter(member=member).order_by("paid_at", "pk"))


def make_crowd(seed: int, size: int = 40, *, days: int = 700) -> Crowd:
    """So many members in four stores and without any, who bought in ``days`` as chance would have it, recorded in
    three parts, so that they moved more than once; one was erased."""
    chance = random.Random(seed)
    east, west = make_region("华东"), make_region("西南")
    names = ("静安寺店", "南京东路店", "春熙路店", "龙湖店")
    stores = [
        make_store(name, region=region, kind=kind)
        for name, region, kind in zip(names, (east, east, west, west), StoreKind, strict=True)
    ]
    members = [
        make_member(
            home_store=chance.choice([*stores, None]),
            tier=chance.choice(["plain", "plain", "silver", "gold"]),
            source=chance.choice(SOURCES),
            joined_at=days_ago(chance.uniform(0, 800)),
        )
        for _nth in range(size)
    ]
    sales = [draft for member in members for draft in _bought(chance, member, stores, days)]
    returns = [_brought_back(chance, draft) for draft in sales if chance.random() < 0.2]
    chance.shuffle(sales)
    half = len(sales) // 2
    for part in (sales[:half], sales[half:], returns):
        assert {outcome.status for outcome in record_many(part)} <= {"created"}
    Member.objects.filter(pk=members[0].pk).update(state="erased")
    found = Member.objects.select_related("home_store").filter(pk__in=[member.pk for member in members])
    return Crowd(list(found.order_by("pk")), stores)


def _bought(chance: random.Random, member: Member, stores: list[Store], days: int) -> list[OrderDraft]:
    now, drafts = timezone.now(), []
    for _nth in range(chance.choice([0, 0, 1, 1, 2, 3, 4, 6, 9])):
        ago = chance.choice([chance.uniform(0.1, min(100, days)), chance.uniform(0.1, days)])
        amount = f"{chance.randint(5, 900)}.{chance.randint(0, 99):02d}"
        store = chance.choice(stores)
        drafts.append(make_draft(amount, store=store, member=member, paid_at=now - timedelta(days=ago)))
    return drafts


def _brought_back(chance: random.Random, sale: OrderDraft) -> ReturnDraft:
    paid = sum((line.quantity * line.unit_price for line in sale.lines), Decimal(0))
    return ReturnDraft(
        channel=sale.channel,
        return_no=f"R{number()}",
        returned_at=sale.paid_at + timedelta(hours=1),
        store_code=sale.store_code,
        sale_no=sale.order_no,
        amount=(paid * chance.choice([1, Decimal("0.5")])).quantize(Decimal("0.01")),
        member_id=None,
    )
