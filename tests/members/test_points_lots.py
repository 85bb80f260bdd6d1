"""Lots of points: what each order brought, what is left of it, what is frozen, and that refunds reach back."""

import itertools

import pytest

from members.audit import audit
from members.ledgers import points
from members.models import Member, PointsEntry
from members.orders.settlement import settle
from stores import policy
from tests.makers import make_member, make_order, make_return, moment
from tests.members.days import on

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei():
    """Zhang Xiaomei, in the lowest tier, where a yuan earns a point."""
    return make_member("张晓梅", joined_at=moment("2025-12-01"))


def left(member: Member) -> list[int]:
    """What is left of the lots, soonest to expire first."""
    return [lot.left for lot in points.lots_of(member)]


def balance(member: Member) -> tuple[int, int]:
    """Points and points owed on the row."""
    row = Member.objects.get(pk=member.pk)
    return row.points, row.points_owed


def buy(member: Member, day: str, amount: str, **fields):
    """An order of that day, recorded on it."""
    with on(day):
        return make_order(amount, member=member, paid_at=moment(day, "04:00"), **fields)


def test_each_order_is_a_lot_that_is_shown_at_once_and_spendable_a_week_later(mei):
    order = buy(mei, "2026-03-01", "80.00")
    with on("2026-03-07"):
        (lot,) = points.lots_of(mei)
        assert (lot.source, lot.order_id, lot.earned, lot.left) == ("order", order.pk, 80, 80)
        assert (lot.frozen_until, lot.expires_at) == (moment("2026-03-08", "04:00"), moment("2027-03-31", "16:00"))
        assert (points.spendable(mei), balance(mei)) == (0, (80, 0))
    with on("2026-03-08"):
        assert points.lots_of(mei)[0].frozen_until is None
        assert points.spendable(mei) == 80
    policy.change("points.frozen_days", 30, by=None)
    with on("2026-03-08"):
        assert points.spendable(mei) == 0


def test_what_is_given_by_hand_is_a_lot_of_its_own(mei):
    with on("2026-03-01"):
        entry = points.adjust(mei, 50, note="生日补发", by=None)
    with on("2026-03-09"):
        (lot,) = points.lots_of(mei)
    assert (lot.source, lot.entry_id, lot.left) == ("adjustment", entry.pk, 50)
    assert lot.expires_at == entry.expires_at == moment("2027-03-31", "16:00")


def test_points_are_taken_from_the_lot_that_expires_soonest(mei):
    buy(mei, "2026-03-01", "80.00")
    buy(mei, "2026-01-01", "50.00")  # a file that comes late
    with on("2026-04-01"):
        points.spend(mei, 60, reference="gift:1")
        assert [(lot.earned, lot.left) for lot in points.lots_of(mei, gone=True)] == [(50, 0), (80, 70)]
        assert left(mei) == [70]
        assert points.spendable(mei) == 70
        assert audit() == []


def test_a_lot_is_worth_what_was_not_brought_back_even_after_it_was_spent(mei):
    order = buy(mei, "2026-03-01", "100.00")
    with on("2026-04-01"):
        points.spend(mei, 60, reference="gift:1")
        make_return("50.00", sale=order)
        assert (balance(mei), left(mei), points.spendable(mei)) == ((0, 10), [], 0)
        assert audit() == []
    buy(mei, "2026-04-02", "30.00")
    with on("2026-05-01"):
        assert (balance(mei), left(mei), points.spendable(mei)) == ((20, 0), [20], 20)
        assert audit() == []


def test_a_rate_frozen_with_the_order_keeps_its_months_too(mei):
    buy(mei, "2026-03-01", "80.00")
    policy.change("points.months", 24, by=None)
    buy(mei, "2026-03-02", "70.00")
    with on("2026-03-20"):
        settle([mei.pk])
        ends = [lot.expires_at for lot in points.lots_of(mei)]
    assert ends == [moment("2027-03-31", "16:00"), moment("2028-03-31", "16:00")]


STORY = ("late order", "refund", "early order", "no receipt")


@pytest.mark.parametrize("told", list(itertools.permutations(STORY)))
def test_whatever_order_things_arrive_in_around_a_spend_the_lots_end_the_same(mei, told):
    spent_from = buy(mei, "2026-02-01", "100.00", order_no="A")
    with on("2026-03-01"):
        points.spend(mei, 90, reference="gift:1")
    happen = {
        "late order": lambda: make_order("40.00", member=mei, paid_at=moment("2026-03-15"), order_no="B"),
        "early order": lambda: make_order("60.00", member=mei, paid_at=moment("2026-01-15"), order_no="C"),
        "refund": lambda: make_return("70.00", sale=spent_from, returned_at=moment("2026-03-20")),
        "no receipt": lambda: make_return("25.00", member=mei, returned_at=moment("2026-03-10")),
    }
    with on("2026-04-01"):
        for event in told:
            happen[event]()
        found = [(lot.earned, lot.left) for lot in points.lots_of(mei, gone=True)]
        # C is worth 35 after the return without a receipt, A 30: of the 90 taken, 25 are owed until B pays
        assert found == [(35, 0), (30, 0), (40, 15)]
        assert (balance(mei), audit()) == ((15, 0), [])
        count = PointsEntry.objects.count()
        settle([mei.pk])
        assert PointsEntry.objects.count() == count
