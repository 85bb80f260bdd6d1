"""Each question that is asked of lives can be answered badly: something is broken on purpose, and it says so."""

from dataclasses import replace
from decimal import Decimal

import pytest

from members import facts
from members.models import EntryKind, GrowthEntry, Member, MemberFacts, Order, PointsEntry
from members.orders.settlement import settle
from tests.torture import arrivals, checks, world
from tests.torture.lives import Life, in_order, steps_until
from tests.torture.stories import NOW, brought_back, house, noon, of_mei, sale

pytestmark = pytest.mark.django_db
HISTORY = of_mei(
    sale("S1", "2025-01-10", "1200.00"),
    sale("S2", "2026-02-10", "80.00"),
    brought_back("R1", "2026-02-20", "5.00", "S2"),
)


@pytest.fixture
def life():
    """The history as it happened, lived to its end."""
    steps = steps_until(NOW)
    life = Life(HISTORY, 1, arrivals=in_order(HISTORY, steps))
    world.build(house())
    arrivals.join([life], house())
    for step, at in enumerate(steps):
        arrivals.arrive([life], step, house(), at, chunk=100)
    return life


def test_nobody_has_anything_to_say_against_a_life_that_is_right(life):
    assert list(checks.compare(house(), [life])) == []
    assert list(checks.sleepers(house(), [life])) == []
    assert list(checks.unbalanced([life])) == []
    assert list(checks.settled_twice([life], house())) == []
    assert list(checks.sent_again([life], house())) == []
    assert list(checks.breaches(house())) == []


def test_a_balance_that_is_not_the_sum_of_its_ledger_is_noticed(life):
    Member.objects.update(points=7)
    (words,) = checks.unbalanced([life])
    assert "7 points" in words
    assert any("points" in words for words in checks.breaches(house()))


def test_an_order_that_took_more_than_it_brought_is_noticed(life):
    order = Order.objects.get(order_no=life.mine("S2"))
    growth = {"member_id": life.members[0], "order": order, "at": order.paid_at}
    GrowthEntry.objects.create(kind=EntryKind.RETURN, delta=-76, **growth)
    (words,) = checks.unbalanced([life])
    assert f"order {order.pk} brought -1" in words
    assert [words.partition(":")[2].partition(":")[0] for _life, words in checks.compare(house(), [life])] == [" worth"]


def test_growth_at_another_moment_is_noticed(life):
    order = Order.objects.get(order_no=life.mine("S2"))
    GrowthEntry.objects.create(
        member_id=life.members[0], order=order, kind=EntryKind.ORDER, delta=3, at=noon("2026-02-11")
    )
    assert any("elsewhere" in words for _life, words in checks.compare(house(), [life]))


def test_a_day_of_change_that_is_foretold_too_late_is_noticed(life):
    assert list(checks.sleepers(house(), [life])) == []
    MemberFacts.objects.update(next_change_on=None)
    columns = {words.split(": ")[1] for _life, words in checks.sleepers(house(), [life])}
    assert {"growth", "points", "stage"} <= columns


def test_a_settlement_that_writes_what_is_right_already_is_noticed(life, monkeypatch):
    always = facts.WRITE.partition("WHERE (")[0]
    monkeypatch.setattr(facts, "WRITE", always)
    (words,) = checks.settled_twice([life], house())
    assert "members_memberfacts" in words


def test_a_repeat_that_is_not_the_same_is_noticed(life):
    first, *others = HISTORY.events
    changed = replace(first, revision=1, lines=(("苹果", Decimal("1100.00")),))
    life.history = of_mei(changed, *others)
    status, wrote = checks.sent_again([life], house())
    assert "updated" in status
    assert "members_pointsentry" in wrote


def test_something_that_a_till_was_wrongly_refused_is_noticed(life):
    life.history = of_mei(sale("S1", "2025-01-10", "1200.01"))
    with pytest.raises(arrivals.Refused):
        list(checks.sent_again([life], house()))


def test_what_is_written_is_counted_by_table(life):
    before = checks.written()
    settle(life.members.values(), at=NOW)
    assert checks.written(before) == {}
    PointsEntry.objects.update(note="x")
    assert list(checks.written(before)) == ["members_pointsentry"]
