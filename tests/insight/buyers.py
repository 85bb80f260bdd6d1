"""People who bought on days that a test names, or as chance would have it; recorded all at once."""

import random
from decimal import Decimal

from django.utils import timezone

from members.models import Member
from members.orders.drafts import LineDraft, OrderDraft, ReturnDraft
from members.orders.intake import record_many
from stores.models import Store
from tests.insight.crowd import Crowd
from tests.makers import days_ago, make_member, make_region, make_store, number


def buy(member: Member, *days: float, amount: str = "100.00", store: Store | None = None) -> None:
    """Orders of a member so many days ago."""
    place = store or member.home_store or make_store()
    record_many([_sale(member, ago, Decimal(amount), place) for ago in days], at=timezone.now())


def buy_all(plan: dict[Member, list[float]], store: Store) -> None:
    """The same for several, all at once."""
    drafts = [_sale(member, ago, Decimal(100), store) for member, days in plan.items() for ago in days]
    record_many(drafts, at=timezone.now())


def make_buyers(seed: int, size: int = 60) -> Crowd:
    """Members in three stores of two regions and without any; one was erased."""
    chance = random.Random(seed)
    regions = [make_region("华东"), make_region("西南")]
    stores = [make_store(f"{nth}号店", region=regions[nth % 2]) for nth in range(3)]
    members = [make_member(f"会员{nth}", home_store=chance.choice([*stores, None])) for nth in range(size)]
    drafts: list[OrderDraft | ReturnDraft] = []
    for one in members:
        start = chance.uniform(0, 700)
        for _nth in range(chance.choice((0, 1, 1, 2, 3, 5, 12))):
            amount = Decimal(chance.randrange(500, 90000)) / 100
            drafts.append(_sale(one, chance.uniform(1.5, start + 1.5), amount, chance.choice(stores)))
            if chance.random() < 0.2:
                sale = drafts[-1]
                back = (amount * chance.choice((1, Decimal("0.5")))).quantize(Decimal("0.01"))
                drafts.append(ReturnDraft("pos", f"R{number()}", sale.paid_at, sale.store_code, sale_no=sale.order_no,
                                          amount=back))  # fmt: skip
    record_many(drafts, at=timezone.now())
    Member.objects.filter(pk=members[0].pk).update(state="erased")
    return Crowd(list(Member.objects.filter(pk__in=[one.pk for one in members]).select_related("home_store")), stores)


def _sale(member: Member, ago: float, amount: Decimal, store: Store) -> OrderDraft:
    lines = [LineDraft("F001", Decimal(1), amount, name="阳光玫瑰", category="葡萄")]
    return OrderDraft("pos", f"O{number()}", days_ago(ago), store.code, lines, member_id=member.pk)
