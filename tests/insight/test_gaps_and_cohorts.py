"""Gaps and cohorts as summaries are what a look at each member's purchases finds, for chain, region and store."""

from datetime import timedelta

import pytest

from members.insight.scope import Range, Scope
from members.insight.summaries import SUMMARIES, cohorts, gaps
from members.insight.summaries.base import rebuild
from members.models import CohortMonth, Order, PurchaseGaps
from members.windows import windows
from tests.insight import byhand
from tests.insight.buyers import buy, make_buyers
from tests.makers import days_ago, make_member, make_region, make_return, make_store

pytestmark = pytest.mark.django_db


def told(found) -> dict:
    """Gaps as (n, bought again, days) -> how many."""
    return {
        (nth, again, days): int(count)
        for nth, one in found.items()
        for again, counts in ((True, one.followed), (False, one.waiting))
        for days, count in enumerate(counts)
        if count
    }


def places(crowd):
    """The chain, a region, a store, each with those who belong there."""
    store = crowd.stores[0]
    everybody = crowd.members
    in_region = [one for one in everybody if one.home_store and one.home_store.region_id == store.region_id]
    in_store = [one for one in everybody if one.home_store_id == store.pk]
    region = Scope(frozenset(s.pk for s in crowd.stores if s.region_id == store.region_id), region=store.region)
    return [(Scope(), everybody), (region, in_region), (Scope(frozenset([store.pk]), store=store), in_store)]


@pytest.mark.parametrize("seed", [3, 4])
def test_every_gap_and_every_cohort_is_what_a_look_at_each_member_finds(seed):
    crowd = make_buyers(seed)
    today = windows().today
    until = today - timedelta(days=1)
    for name in ("gaps", "cohorts"):
        rebuild(SUMMARIES[name], today)
    for span in (Range.back(1500, today), Range(today - timedelta(days=300), today - timedelta(days=60))):
        for scope, members in places(crowd):
            people = byhand.lives(members, until)
            assert told(gaps.read(scope, span)) == byhand.gaps(people, until, span.months())
            rows, last = cohorts.read(scope, span)
            found = {
                (row.month, month): (cell.buyers, cell.orders, cell.spend)
                for row in rows
                for month, cell in zip(Range(row.month, last).months(), row.cells, strict=True)
                if cell.buyers
            }
            expected = byhand.cohorts(people)
            assert found == {key: value for key, value in expected.items() if key[0] in span.months()}
            assert len(found) > (12 if scope == Scope() else 0)


def test_a_region_counts_the_stores_of_the_regions_below_it():
    east = make_region("华东")
    store = make_store(region=make_region("上海", parent=east))
    buy(make_member(home_store=store), 50)
    today = windows().today
    for name in ("gaps", "cohorts"):
        rebuild(SUMMARIES[name], today)
    assert PurchaseGaps.objects.filter(region=east).count() == CohortMonth.objects.filter(region=east).count() == 1


def test_two_orders_on_a_day_are_one_purchase_and_one_that_came_back_is_one_too():
    member, today = make_member(), windows().today
    buy(member, 40, 40.001, 10, 5)
    make_return(sale=Order.objects.get(member=member, paid_at__gt=days_ago(6)))
    rebuild(SUMMARIES["gaps"], today)
    found = told(gaps.read(Scope(), Range.back(90, today)))
    assert {key: count for key, count in found.items() if key[1]} == {(1, True, 30): 1, (2, True, 5): 1}
    assert [key for key in found if not key[1]] == [(3, False, 4)]


def test_today_is_not_counted_before_it_is_over():
    member, today = make_member(), windows().today
    buy(member, 20, 0)
    rebuild(SUMMARIES["gaps"], today)
    assert told(gaps.read(Scope(), Range.back(90, today))) == {(1, False, 19): 1}


def test_before_the_first_night_there_is_nothing_to_read():
    today = windows().today
    assert gaps.read(Scope(), Range.back(90, today)) is None
    assert cohorts.read(Scope(), Range.back(90, today)) is None
