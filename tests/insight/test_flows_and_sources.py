"""Flow and sources: exact against a slow look at each member's own history."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from members.insight.summaries import SUMMARIES, flows
from members.insight.summaries.base import months, rebuild
from members.models import Flow, MemberState, SourceCount, TierChange, TimelineFact
from members.windows import local_day, windows
from tests.insight.crowd import make_crowd
from tests.makers import make_member, make_tiers

pytestmark = pytest.mark.django_db
FLOW = SUMMARIES["flow"]


def flow_of_every_month() -> None:
    """Every month is counted."""
    for day in FLOW.days(windows().today, anew=True):
        rebuild(FLOW, day)


def stored(of: str) -> dict:
    """The rows of the table."""
    return {
        (row.month, row.store_id, row.before, row.after, row.by_rules): row.members
        for row in Flow.objects.filter(of=of)
    }


def by_hand(crowd, of: str) -> Counter:
    """Member by member, change by change."""
    found = Counter()
    for member in crowd.members:
        if member.state != MemberState.ACTIVE:
            continue
        of_month = defaultdict(list)
        if of == "tier":
            for change in TierChange.objects.filter(member=member).order_by("at", "pk"):
                move = (str(change.before_id), str(change.after_id), change.why)
                of_month[local_day(change.at).replace(day=1)].append(move)
        else:
            for fact in TimelineFact.objects.filter(member=member, kind="member.stage_changed").order_by("at", "pk"):
                move = (fact.data["from"], fact.data["to"], "")
                of_month[local_day(fact.at).replace(day=1)].append(move)
        for month, changes in of_month.items():
            before, after = changes[0][0], changes[-1][1]
            if before != after:
                by_rules = all(why == "rules" for _before, _after, why in changes)
                found[month, member.home_store_id, before, after, by_rules] += 1
    return found


def moves(member, *changes: tuple[datetime, str, str, str]) -> None:
    """Tier changes of a member: at, from, to, why."""
    tiers = make_tiers()
    for at, before, after, why in changes:
        TierChange.objects.create(member=member, before=tiers[before], after=tiers[after], why=why, at=at)


@pytest.mark.parametrize("of", ["tier", "stage"])
def test_the_flow_of_every_month_is_that_of_each_members_own_history(of):
    crowd = make_crowd(21)
    flow_of_every_month()
    assert stored(of) == dict(by_hand(crowd, of))
    assert len(stored(of)) > 2


def test_coming_back_is_no_move_and_one_reason_beside_the_rules_is_enough():
    tiers, at = make_tiers(), datetime(2026, 3, 10, 4, tzinfo=UTC)
    later = at + timedelta(days=5)
    back, by_rules, both, edge = (make_member(name) for name in ("来回", "规则", "两样", "月底"))
    moves(back, (at, "plain", "silver", "growth"), (later, "silver", "plain", "return"))
    moves(by_rules, (at, "plain", "silver", "rules"), (later, "silver", "gold", "rules"))
    moves(both, (at, "plain", "silver", "rules"), (later, "silver", "gold", "growth"))
    # 16:30 of the last of March in London is April in Shanghai
    moves(edge, (datetime(2026, 3, 31, 16, 30, tzinfo=UTC), "plain", "silver", "growth"))
    flow_of_every_month()
    march, april = date(2026, 3, 1), date(2026, 4, 1)
    plain, silver, gold = (str(tiers[code].pk) for code in ("plain", "silver", "gold"))
    assert stored("tier") == {
        (march, None, plain, gold, True): 1,
        (march, None, plain, gold, False): 1,
        (april, None, plain, silver, False): 1,
    }


def test_a_night_counts_this_month_and_the_last_and_those_in_which_a_tier_moved_late():
    today = windows().today
    rebuild(FLOW, today)
    TierChange.objects.all().update(recorded_at=windows().at - timedelta(days=9))
    this, last = today.replace(day=1), (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    assert FLOW.days(today, anew=False) == [last, this]
    moves(make_member(), (windows().at - timedelta(days=200), "plain", "silver", "growth"))
    late = local_day(windows().at - timedelta(days=200)).replace(day=1)
    assert FLOW.days(today, anew=False) == [late, last, this]


def test_months_are_listed_across_the_turn_of_a_year():
    days = months(date(2025, 11, 30), date(2026, 2, 1))
    assert [f"{day:%Y-%m}" for day in days] == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert flows.everything(date(2026, 2, 7))[-1] == date(2026, 2, 1)


def test_members_by_source_are_counted_as_a_look_at_each_finds_them():
    crowd = make_crowd(22)
    rebuild(SUMMARIES["sources"], windows().today)
    expected = defaultdict(lambda: [0, 0, 0, Decimal(0)])
    for member in crowd.members:
        if member.state == MemberState.ACTIVE:
            orders = crowd.orders_of(member)
            sums = expected[local_day(member.joined_at).replace(day=1), member.home_store_id, member.source]
            sums[0] += 1
            sums[1] += bool(orders)
            sums[2] += len(orders) > 1
            sums[3] += sum((order.net_amount - order.returned_amount for order in orders), Decimal(0))
    rows = SourceCount.objects.values_list("month", "store", "source", "members", "bought", "again", "spend")
    assert {tuple(row[:3]): list(row[3:]) for row in rows} == dict(expected)
