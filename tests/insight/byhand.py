"""Purchases told member by member in Python: what summaries of gaps and cohorts are compared with."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from members.models import Member, MemberState, Order
from members.windows import local_day

Lives = Mapping[Member, Sequence[Order]]


def lives(members: Iterable[Member], until: date) -> dict[Member, list[Order]]:
    """The orders of living members until a day, the earliest first."""
    found = {one: [] for one in members if one.state == MemberState.ACTIVE}
    for order in Order.objects.filter(member__in=found).order_by("paid_at", "pk"):
        if local_day(order.paid_at) <= until:
            found[order.member].append(order)
    return {one: orders for one, orders in found.items() if orders}


def gaps(people: Lives, until: date, months: Iterable[date]) -> dict[tuple[int, bool, int], int]:
    """How many were how many days after their n-th purchase, made in these months: (n, bought again, days)."""
    found: Counter[tuple[int, bool, int]] = Counter()
    for orders in people.values():
        days = sorted({local_day(order.paid_at) for order in orders})
        for nth, day in enumerate(days[:8], start=1):
            if day.replace(day=1) in months:
                again = len(days) > nth
                after = (days[nth] if again else until) - day
                found[nth, again, min(after.days, 366)] += 1
    return dict(found)


def product_limit(times: Iterable[tuple[int, bool]], horizon: int) -> float:
    """Kaplan and Meier's rate, from (days, bought again) of each, the slow way."""
    times, stayed = list(times), 1.0
    for day in sorted({days for days, again in times if again and days <= horizon}):
        watched = sum(days >= day for days, _again in times)
        stayed *= 1 - sum(days == day and again for days, again in times) / watched
    return 1 - stayed


def cohorts(people: Lives) -> dict[tuple[date, date], tuple[int, int, Decimal]]:
    """Buyers, orders and spend by (month of the first purchase, month)."""
    found: dict[tuple[date, date], list] = defaultdict(lambda: [set(), 0, Decimal(0)])
    for member, orders in people.items():
        first = local_day(orders[0].paid_at).replace(day=1)
        for order in orders:
            cell = found[first, local_day(order.paid_at).replace(day=1)]
            cell[0].add(member.pk)
            cell[1] += 1
            cell[2] += order.net_amount - order.returned_amount
    return {key: (len(buyers), orders, spend) for key, (buyers, orders, spend) in found.items()}
