"""A small random crowd with orders and returns over two years, and what Python knows of it without any summary."""

import random
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from members.models import Member, Order
from stores.models import Store, StoreKind
from tests.makers import days_ago, make_member, make_order, make_region, make_return, make_store

SOURCES = ("", "门店", "小程序", "导购二维码")


@dataclass
class Crowd:
    """Who there is, and where."""

    members: list[Member]
    stores: list[Store]

    def orders_of(self, member: Member) -> list[Order]:
        """The orders of a member, the earliest first."""
        return list(Order.objects.filter(member=member).order_by("paid_at", "pk"))


def make_crowd(seed: int, size: int = 40) -> Crowd:
    """So many members in four stores and without any, who bought as chance would have it; one was erased."""
    chance = random.Random(seed)
    east, west = make_region("华东"), make_region("西南")
    stores = [
        make_store(name, region=region, kind=kind)
        for name, region, kind in zip(
            ("静安寺店", "南京东路店", "春熙路店", "龙湖店"), (east, east, west, west), StoreKind, strict=False
        )
    ]
    members = []
    for _nth in range(size):
        member = make_member(
            home_store=chance.choice([*stores, None]),
            tier=chance.choice(["plain", "plain", "silver", "gold"]),
            source=chance.choice(SOURCES),
            joined_at=days_ago(chance.uniform(0, 800)),
        )
        _buy(chance, member, stores)
        members.append(member)
    Member.objects.filter(pk=members[0].pk).update(state="erased")
    for member in members:
        member.refresh_from_db()
    return Crowd(members, stores)


def _buy(chance: random.Random, member: Member, stores: list[Store]) -> None:
    now = timezone.now()
    for _nth in range(chance.choice([0, 0, 1, 1, 2, 3, 4, 6, 9])):
        ago = chance.choice([chance.uniform(0.1, 100), chance.uniform(0.1, 700)])
        paid_at = now - timedelta(days=ago)
        amount = Decimal(f"{chance.randint(5, 900)}.{chance.randint(0, 99):02d}")
        order = make_order(f"{amount}", store=chance.choice(stores), member=member, paid_at=paid_at)
        if chance.random() < 0.2:
            back = (amount * chance.choice([1, Decimal("0.5")])).quantize(Decimal("0.01"))
            make_return(f"{back}", sale=order, returned_at=paid_at + timedelta(hours=1))
