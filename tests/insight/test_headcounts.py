"""The headcount is what a slow look at every single member finds, and so are the RFM counts."""

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import as_of, rebuild
from members.models import Headcount, MemberState, RfmCount, SummaryState
from members.windows import local_day, windows
from tests.insight.crowd import make_crowd

pytestmark = pytest.mark.django_db


def by_hand(crowd) -> dict:
    """The headcount in Python, member by member, order by order."""
    today = windows().today
    found = defaultdict(Counter)
    for member in crowd.members:
        if member.state != MemberState.ACTIVE:
            continue
        sums = found[member.home_store_id, member.tier_id, member.stage]
        sums["members"] += 1
        orders = crowd.orders_of(member)
        ago = [(today - local_day(order.paid_at)).days for order in orders]
        for days in (30, 60, 90):
            sums[f"bought_{days}d"] += any(one < days for one in ago)
        sums["again_60d"] += len(orders) > 1 and min(ago) < 60
        within = [order for order, one in zip(orders, ago, strict=True) if one < 365]
        sums["orders_365d"] += len(within)
        sums["spend_365d"] += sum((order.net_amount - order.returned_amount for order in within), Decimal(0))
    return found


def stored() -> dict:
    """The same from the table."""
    return {
        (row["store_id"], row["tier_id"], row["stage"]): {
            name: value for name, value in row.items() if name not in ("id", "day", "store_id", "tier_id", "stage")
        }
        for row in Headcount.objects.filter(day=windows().today).values()
    }


@pytest.mark.parametrize("seed", [1])
def test_every_cell_is_what_a_look_at_each_member_finds(seed):
    crowd = make_crowd(seed)
    rebuild(SUMMARIES["headcount"], windows().today)
    expected = by_hand(crowd)
    assert len(expected) > 10
    assert stored() == {
        key: {name: sums[name] for name in next(iter(stored().values()))} for key, sums in expected.items()
    }


def test_counting_again_replaces_the_rows_and_moves_the_as_of():
    make_crowd(3, size=10)
    rebuild(SUMMARIES["headcount"], windows().today)
    before, rows = as_of(["headcount"]), Headcount.objects.count()
    rebuild(SUMMARIES["headcount"], windows().today)
    assert Headcount.objects.count() == rows
    assert as_of(["headcount"]) > before
    assert as_of(["headcount", "rfm"]) is None


def test_another_day_than_today_cannot_be_counted_any_more():
    make_crowd(3, size=5)
    with pytest.raises(ValueError, match="as they do today"):
        rebuild(SUMMARIES["headcount"], windows().today - timedelta(days=1))
    assert not Headcount.objects.exists()
    assert not SummaryState.objects.exists()


def test_five_weeks_and_the_ends_of_months_are_kept():
    make_crowd(4, size=5)
    today = windows().today
    rebuild(SUMMARIES["headcount"], today)
    one = Headcount.objects.first()
    for ago in range(1, 100):
        Headcount.objects.create(
            **{
                field.attname: getattr(one, field.attname)
                for field in one._meta.fields
                if field.name not in ("id", "day")
            },
            day=today - timedelta(days=ago),
        )
        SummaryState.objects.create(name="headcount", day=today - timedelta(days=ago), as_of=timezone.now())
    rebuild(SUMMARIES["headcount"], today)
    days = set(Headcount.objects.values_list("day", flat=True))
    expected = {
        day
        for day in (today - timedelta(days=ago) for ago in range(100))
        if (today - day).days <= 35 or (day + timedelta(days=1)).day == 1
    }
    assert days == expected
    assert len(expected) >= 37
    assert set(SummaryState.objects.values_list("day", flat=True)) == expected


def test_rfm_counts_are_those_of_the_scores_of_each_living_buyer():
    crowd = make_crowd(5)
    rebuild(SUMMARIES["rfm"], windows().today)
    expected = defaultdict(lambda: [0, Decimal(0)])
    for member in crowd.members:
        orders = crowd.orders_of(member)
        if member.state == MemberState.ACTIVE and orders:
            facts = member.facts
            key = (member.home_store_id, facts.recency_score, facts.frequency_score, facts.money_score)
            expected[key][0] += 1
            expected[key][1] += sum(order.net_amount - order.returned_amount for order in orders)
    rows = RfmCount.objects.values_list("store", "recency", "frequency", "money", "members", "spend")
    assert {tuple(row[:4]): [row[4], row[5]] for row in rows} == dict(expected)
