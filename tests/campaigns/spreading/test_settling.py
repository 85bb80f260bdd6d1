"""Settling every night, statements by month, and the two people it takes to close one."""

from datetime import date
from decimal import Decimal

import pytest
from dateutil.relativedelta import relativedelta
from django.db import DatabaseError, transaction

from campaigns.models import CommissionEntry, CommissionMonth
from campaigns.spreading import months, settling
from stores import jobs
from stores.errors import Refusal
from tests.campaigns.scenery import deliver_all
from tests.campaigns.spreading.scenery import broken, earned, link, rule
from tests.makers import days_ago, make_guide, make_marketer, make_member, make_order, make_return

pytestmark = pytest.mark.django_db
D = Decimal


def settle() -> None:
    """One night."""
    jobs.run_to_end(jobs.plan("campaigns.settle_commissions", params={}).pk)


@pytest.fixture
def lin():
    """Lin Xiaoman, whose link led Zhou Zihan to an order of ¥100 three weeks ago."""
    rule()
    guide, zihan = make_guide(), make_member("周子涵")
    guide.sale = make_order("100.00", member=zihan, share_code=link(guide).code, paid_at=days_ago(21))
    deliver_all()
    return guide


def test_what_can_no_longer_come_back_is_settled_once(lin):
    make_order("50.00", member=lin.sale.member, share_code=link(lin).code, paid_at=days_ago(3))
    deliver_all()
    settle()
    settle()
    assert earned() == [("settled", "", D(0), D("10.00")), ("pending", "", D("5.00"), D(0))]
    assert CommissionEntry.objects.filter(kind="settled").count() == 1
    assert broken() == []


def test_a_return_whose_news_is_still_on_its_way_is_counted_before_settling(lin):
    make_return("40.00", sale=lin.sale, member=lin.sale.member)
    settle()
    assert earned() == [("settled", "", D(0), D("6.00"))]
    deliver_all()
    assert earned() == [("settled", "", D(0), D("6.00"))]


def test_without_looking_again_too_much_would_be_settled(lin, monkeypatch):
    """Control."""
    monkeypatch.setattr(settling.commissions, "work_out", lambda orders: 0)
    make_return("40.00", sale=lin.sale, member=lin.sale.member)
    settle()
    assert earned() == [("settled", "", D(0), D("10.00"))]


def test_a_refund_after_settling_is_a_negative_entry_of_the_month_it_comes_in(lin):
    settle()
    make_return("100.00", sale=lin.sale, member=lin.sale.member)
    deliver_all()
    assert earned() == [("void", "refunded", D(0), D(0))]
    assert list(CommissionEntry.objects.order_by("pk").values_list("kind", "pending", "settled")) == [
        ("earned", D(10), D(0)), ("settled", D(-10), D(10)), ("refunded", D(0), D(-10))]  # fmt: skip
    sums = months.sums_of(lin, months.this_month())
    assert (sums.settled, sums.taken_back, sums.pending, sums.payable) == (D(10), D(-10), D(0), D(0))
    assert broken() == []


def test_an_entry_is_never_changed_nor_taken_away(lin):
    for verb in (lambda rows: rows.update(pending=D(99)), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            verb(CommissionEntry.objects.all())
    assert CommissionEntry.objects.get().pending == D("10.00")


def last_month() -> date:
    return months.this_month() - relativedelta(months=1)


def test_a_month_is_closed_by_a_second_person_with_what_it_comes_to():
    su, he = make_marketer("苏婉"), make_marketer("何晴")
    asked = months.ask_to_close(last_month(), by=su)
    with pytest.raises(Refusal) as refusal:
        months.close(asked, by=su)
    assert refusal.value.code == "second_person_needed"
    assert CommissionMonth.objects.get().state == "asked"
    closed = months.close(asked, by=he)
    assert (closed.state, closed.closed_by, closed.total, closed.people) == ("closed", he, D(0), 0)
    for verb in (lambda: months.close(closed, by=he), lambda: months.take_back(closed)):
        with pytest.raises(Refusal) as refusal:
            verb()
        assert refusal.value.code == "month_state"


def test_a_month_that_is_not_over_cannot_be_closed():
    with pytest.raises(Refusal) as refusal:
        months.ask_to_close(months.this_month(), by=make_marketer())
    assert refusal.value.code == "month_not_over"
    assert not CommissionMonth.objects.exists()


def test_nothing_is_added_to_a_closed_month_even_past_the_program(lin):
    su, he = make_marketer("苏婉"), make_marketer("何晴")
    months.close(months.ask_to_close(last_month(), by=su), by=he)
    entry = CommissionEntry.objects.get()
    fields = {"commission": entry.commission, "staff": lin, "kind": "corrected", "pending": D(1)}
    with pytest.raises(DatabaseError), transaction.atomic():
        CommissionEntry.objects.create(month=last_month(), **fields)
    CommissionEntry.objects.create(month=months.this_month(), **fields)  # control: an open one takes it
    assert [name.rpartition(".")[2] for name in broken()] == ["commission_sums_its_entries"]


def test_a_closed_month_that_was_tampered_with_is_found():
    su, he = make_marketer("苏婉"), make_marketer("何晴")
    closed = months.close(months.ask_to_close(last_month(), by=su), by=he)
    CommissionMonth.objects.filter(pk=closed.pk).update(total=D(5))
    assert [name.rpartition(".")[2] for name in broken()] == ["closed_month_is_what_was_confirmed"]


def test_the_manager_learns_what_a_team_earned_but_not_of_two(lin):
    assert months.team_sums(lin.store, months.this_month()) is None
    for name in ("何俊", "周敏"):
        make_guide(name, store=lin.store)
    told = months.team_sums(lin.store, months.this_month())
    assert told is not None
    assert told.pending == D("10.00")
    assert [row.staff for row in months.statement(months.this_month())] == [lin]
