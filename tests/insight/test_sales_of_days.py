"""Sales of days: exact, counted only where something changed, and then the same as counted from nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from members.insight.summaries import SUMMARIES
from members.insight.summaries.base import rebuild
from members.insight.summaries.daysales import GATHERED
from members.models import DaySales, MemberMerge, Order, TouchedSale
from members.oneid.merging import merge
from members.orders.intake import record_order
from members.windows import local_day, windows
from stores.models import Setting
from tests.insight.crowd import make_crowd
from tests.makers import days_ago, make_admin, make_draft, make_member, make_order, make_return, make_store

pytestmark = pytest.mark.django_db
SALES = SUMMARIES["sales"]
FIGURES = ("orders", "sales", "member_orders", "member_sales", "first_orders")


def count_what_is_due() -> list:
    """What a night does; returns the days it counted."""
    days = SALES.days(windows().today, anew=False)
    for day in days:
        rebuild(SALES, day)
    return days


def stored() -> dict:
    """The table as it is."""
    return {(row.day, row.store_id): [getattr(row, name) for name in FIGURES] for row in DaySales.objects.all()}


def by_hand() -> dict:
    """The same in Python, order by order."""
    found, known = {}, set()
    for order in Order.objects.order_by("paid_at", "pk"):
        sums = found.setdefault((local_day(order.paid_at), order.store_id), [0, Decimal(0), 0, Decimal(0), 0])
        kept = order.net_amount - order.returned_amount
        sums[0] += 1
        sums[1] += kept
        if order.member_id:
            sums[2] += 1
            sums[3] += kept
            sums[4] += order.member_id not in known
            known.add(order.member_id)
    return found


def a_night_ago() -> None:
    """All that was recorded until now was recorded long before the last night."""
    Order.objects.update(recorded_at=days_ago(9))
    TouchedSale.objects.all().delete()
    Setting.objects.filter(name=GATHERED).update(value=days_ago(1).isoformat())


@pytest.mark.parametrize("seed", [11])
def test_the_sales_of_all_days_are_those_of_a_look_at_each_order(seed):
    make_crowd(seed, size=15, days=40)
    make_order("30.00", paid_at=days_ago(3))
    count_what_is_due()
    assert stored() == by_hand()
    assert len(stored()) > 10


def test_a_night_counts_only_the_days_on_which_something_changed():
    store, xiaomei = make_store(), make_member()
    sale = make_order("80.00", store=store, member=xiaomei, paid_at=days_ago(40))
    make_order("50.00", store=store, member=xiaomei, paid_at=days_ago(20))
    make_order("70.00", store=store, paid_at=days_ago(10))
    count_what_is_due()
    a_night_ago()
    assert count_what_is_due() == [windows().today]

    make_return("30.00", sale=sale)
    a_night_ago_days = count_what_is_due()
    assert a_night_ago_days == [local_day(days_ago(40)), windows().today]
    assert stored() == by_hand()
    assert not TouchedSale.objects.exists()


def test_a_late_order_takes_the_first_from_the_one_that_was_it():
    store, xiaomei = make_store(), make_member()
    make_order("50.00", store=store, member=xiaomei, paid_at=days_ago(20))
    count_what_is_due()
    a_night_ago()
    make_order("80.00", store=store, member=xiaomei, paid_at=days_ago(40))
    assert count_what_is_due() == [local_day(days_ago(40)), local_day(days_ago(20)), windows().today]
    assert stored() == by_hand()


def test_a_correction_leaves_no_trace_on_the_day_it_moved_away_from():
    store, xiaomei = make_store(), make_member()
    draft = make_draft("50.00", store=store, member=xiaomei, paid_at=days_ago(20), revision=1)
    record_order(draft)
    make_order("60.00", store=store, member=xiaomei, paid_at=days_ago(15))
    count_what_is_due()
    a_night_ago()
    moved = make_draft("55.00", store=store, member=xiaomei, order_no=draft.order_no, paid_at=days_ago(12), revision=2)
    record_order(moved)
    counted = count_what_is_due()
    assert {local_day(days_ago(ago)) for ago in (20, 15, 12)} <= set(counted)
    assert stored() == by_hand()
    assert (local_day(days_ago(20)), store.pk) not in stored()


def test_a_merge_makes_one_first_order_of_two():
    store, xiaomei, twin = make_store(), make_member(), make_member("张小梅")
    make_order("50.00", store=store, member=xiaomei, paid_at=days_ago(20))
    make_order("60.00", store=store, member=twin, paid_at=days_ago(15))
    count_what_is_due()
    assert sum(row[4] for row in stored().values()) == 2
    a_night_ago()
    merge(xiaomei, twin, why=MemberMerge.Why.HAND, by=make_admin())
    count_what_is_due()
    assert stored() == by_hand()
    assert sum(row[4] for row in stored().values()) == 1


def test_a_full_rebuild_gives_the_same_as_many_nights():
    make_crowd(13, size=10, days=30)
    count_what_is_due()
    a_night_ago()
    for order in Order.objects.order_by("pk")[:6]:
        if order.returned_amount == 0:
            make_return("1.00", sale=order)
    make_crowd(14, size=5, days=30)
    count_what_is_due()
    by_nights = stored()
    for day in SALES.days(windows().today, anew=True):
        rebuild(SALES, day)
    assert by_nights == stored() == by_hand()


def test_without_the_note_of_the_trigger_a_return_would_be_missed():
    """The control: it is the note that finds the day."""
    sale = make_order("80.00", member=make_member(), paid_at=days_ago(40))
    count_what_is_due()
    a_night_ago()
    make_return("30.00", sale=sale)
    TouchedSale.objects.all().delete()
    count_what_is_due()
    assert stored() != by_hand()


def test_an_update_that_changes_no_sale_leaves_no_note():
    sale = make_order("80.00", member=make_member(), paid_at=days_ago(40))
    TouchedSale.objects.all().delete()
    Order.objects.filter(pk=sale.pk).update(revision=7, recorded_at=timezone.now() - timedelta(days=1))
    assert not TouchedSale.objects.exists()
